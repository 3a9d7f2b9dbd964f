import { expect, test } from "vitest";
import { Pace } from "../../../src/cli/progress/pace.ts";

function createPace(): { readonly pace: Pace; readonly wait: (milliseconds: number) => void } {
  let now = 0;
  return { pace: new Pace(() => now), wait: (milliseconds) => void (now += milliseconds) };
}

test("nothing is told in the first second, nor before anything came", () => {
  const { pace, wait } = createPace();
  pace.reach(0);
  wait(500);
  pace.reach(100);
  expect(pace.rate).toBeUndefined();
  const { pace: idle, wait: waitIdle } = createPace();
  idle.reach(0);
  waitIdle(5000);
  expect(idle.rate).toBeUndefined();
  expect(idle.secondsUntil(10)).toBeUndefined();
});

test("what counts something else from now on has no time left before it gets on", () => {
  const { pace, wait } = createPace();
  pace.reach(300);
  wait(2000);
  pace.reach(2);
  expect(pace.secondsUntil(100)).toBeUndefined();
});

test("the rate is that of the last seconds: what stands still says so, and no time is left to tell", () => {
  const { pace, wait } = createPace();
  for (let second = 0; second <= 60; second++) {
    pace.reach(second * 100);
    wait(1000);
  }
  expect(pace.rate).toBeGreaterThan(90);
  expect(pace.secondsUntil(7000)).toBe(11);
  wait(20_000);
  expect(pace.rate).toBe(0);
  expect(pace.secondsUntil(7000)).toBeUndefined();
});
