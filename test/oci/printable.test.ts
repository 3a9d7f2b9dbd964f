import { expect, test } from "vitest";
import { printable } from "../../src/oci/printable.ts";

test.each([
  {
    title: "plain text stays",
    text: "rancher/pause:3.1 größe 漢字 🙂",
    shown: "rancher/pause:3.1 größe 漢字 🙂",
  },
  { title: "an escape sequence cannot reach the terminal", text: "\u{1b}[31mred", shown: "\\u{1b}[31mred" },
  {
    title: "a line end cannot forge a line",
    text: "a\nerror: b\r\u{2028}",
    shown: "a\\u{a}error: b\\u{d}\\u{2028}",
  },
  { title: "a direction override cannot turn text round", text: "a\u{202e}b", shown: "a\\u{202e}b" },
  { title: "half a surrogate pair is told", text: "\ud800", shown: "\\u{d800}" },
])("$title", ({ text, shown }) => {
  expect(printable(text)).toBe(shown);
});

test("text over the limit is cut", () => {
  expect(printable("x".repeat(301))).toBe(`${"x".repeat(300)}...`);
  expect(printable("abcdef", 3)).toBe("abc...");
});
