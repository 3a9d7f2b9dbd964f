import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorCode } from "../../helpers/error-code.ts";
import { arbitraryCompression, compress } from "../compressions.ts";
import { arbitraryContent, contentKinds, makeContent } from "../contents.ts";
import { DeflateBuilder } from "../deflate-builder.ts";
import { gunzip } from "../gunzip.ts";
import { inflateStrictly } from "../inflate-strictly.ts";
import { gap, type SplicedEntry, spliceEntries } from "../splice-entries.ts";

const rounds = Number(process.env["AIRGAP_LOAD_TEST_ROUNDS"] ?? 1);

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** Bytes to change, by place as a fraction of the whole. */
const arbitraryFlips = fc.array(fc.tuple(fraction, fc.integer({ min: 1, max: 255 })), { maxLength: 3 });

function flip(bytes: Buffer, flips: readonly (readonly [number, number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [place, change] of flips) {
    const at = Math.floor(place * copy.length);
    copy[at] = (copy[at] ?? 0) ^ change;
  }
  return copy;
}

describe("a damaged archive", () => {
  test("is refused, or else read rightly; blobs cut before are what was read", async () => {
    const contents = fc.array(arbitraryContent(60_000), { minLength: 1, maxLength: 4 });
    const damage = fc.record({ flips: arbitraryFlips, end: fc.option(fraction, { nil: 1 }) });
    await fc.assert(
      fc.asyncProperty(contents, arbitraryCompression, damage, async (given, compression, { flips, end }) => {
        const wanted = given.map(makeContent);
        const whole = await compress(
          Buffer.concat(wanted.flatMap((bytes) => [Buffer.alloc(gap), bytes])),
          compression,
        );
        const damaged = flip(whole, flips).subarray(0, Math.ceil(whole.length * end));
        const entries: SplicedEntry[] = [];
        const reading = { chunkSize: 5000, limit: 70_000 };
        const code = errorCode(() =>
          spliceEntries(
            damaged,
            given.map(({ size }) => size),
            reading,
            entries,
          ),
        );
        expect(code === undefined || code === "ARCHIVE_DAMAGED").toBe(true);
        expect(code === undefined ? entries.map(({ content }) => content) : wanted).toEqual(wanted);
        for (const { bytes, content } of entries) expect(inflateStrictly(bytes).equals(content)).toBe(true);
      }),
      { numRuns: 150 * rounds },
    );
  });
});

/** What zlib makes of deflate data: content and size of what it read, or undefined where it refuses. */
function inflateByZlib(deflated: Buffer): { readonly content: Buffer; readonly size: number } | undefined {
  try {
    const { buffer, engine } = inflateRawSync(deflated, { info: true }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return { content: buffer, size: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

function gunzipOrCode(gzip: Buffer): Buffer | string | undefined {
  let content: Buffer | undefined;
  const code = errorCode(() => {
    content = gunzip(gzip);
  });
  return code ?? content;
}

describe("the decoder", () => {
  test("takes exactly the deflate data that zlib takes, and reads the same", () => {
    const kind = fc.constantFrom(...contentKinds);
    const content = fc.record({ kind, size: fc.integer({ min: 0, max: 3000 }), seed: fc.nat() });
    const options = fc.record({
      level: fc.integer({ min: 1, max: 9 }),
      strategy: fc.constantFrom(0, 0, 0, 4),
    });
    const inHeader = fc.array(
      fc.tuple(fc.double({ min: 0, max: 0.05, noNaN: true }), fc.integer({ min: 1, max: 255 })),
    );
    const flips = fc.oneof(arbitraryFlips, inHeader);
    const counts = { refused: 0, taken: 0 };
    fc.assert(
      fc.property(content, options, flips, (given, how, changes) => {
        const mutated = flip(deflateRawSync(makeContent(given), how), changes);
        const byZlib = inflateByZlib(mutated);
        const deflated = byZlib ? mutated.subarray(0, byZlib.size) : mutated;
        const gzip = new DeflateBuilder().bytes(...deflated).buildGzip(byZlib?.content ?? "");
        const outcome = gunzipOrCode(gzip);
        counts[typeof outcome === "string" ? "refused" : "taken"]++;
        expect(outcome).toEqual(byZlib?.content ?? "ARCHIVE_DAMAGED");
      }),
      { numRuns: 2000 * rounds },
    );
    expect(Math.min(counts.refused, counts.taken)).toBeGreaterThan(100);
  });
});
