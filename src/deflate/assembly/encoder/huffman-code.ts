import { lengthTotals, sorted, weights } from "./layout";

/**
 * Makes the code of `total` symbols that is shortest for how often each is there, none longer than `longest` bits, and
 * puts it into a table: bits, first bit lowest, and from bit 16 on their number.
 */
export function makeCode(counts: u32, total: u32, longest: u32, codes: u32): void {
  memory.fill(codes, 0, total * 4);
  const used = sortSymbols(counts, total);
  if (used < 2) {
    // Two codes where one would do: some readers want them whole.
    const symbol = used ? load<u32>(sorted) & 511 : 0;
    store<u32>(codes, 1 << 16);
    store<u32>(codes + (symbol || 1) * 4, 1 << 16);
  } else {
    measureCodes(used);
    limitLengths(used, longest);
    let next = sorted;
    for (let length = longest; length > 0; length--) {
      for (let left = load<u32>(lengthTotals + length * 4); left > 0; left--, next += 4)
        store<u32>(codes + (load<u32>(next) & 511) * 4, length << 16);
    }
  }
  assignCodes(total, codes);
}

/** Fills `sorted` with the symbols that are there, rarest first: the count, and the symbol in the lowest nine bits. */
function sortSymbols(counts: u32, total: u32): u32 {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < total; symbol++) {
    const count = load<u32>(counts + symbol * 4);
    if (count) store<u32>(sorted + used++ * 4, (count << 9) | symbol);
  }
  for (let gap: u32 = 121; gap > 0; gap /= 3) {
    for (let at = gap; at < used; at++) {
      const moved = load<u32>(sorted + at * 4);
      let to = at;
      for (; to >= gap && load<u32>(sorted + (to - gap) * 4) > moved; to -= gap)
        store<u32>(sorted + to * 4, load<u32>(sorted + (to - gap) * 4));
      store<u32>(sorted + to * 4, moved);
    }
  }
  return used;
}

/** Puts into `weights` how long each sorted symbol's code is: Moffat and Katajainen's calculation in place (1995). */
function measureCodes(used: u32): void {
  for (let at: u32 = 0; at < used; at++) store<u32>(weights + at * 4, load<u32>(sorted + at * 4) >>> 9);
  let leaf: u32 = 0;
  let root: u32 = 0;
  for (let next: u32 = 0; next < used - 1; next++) {
    let sum: u32 = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= used || (root < next && weight(root) < weight(leaf))) {
        sum += weight(root);
        setWeight(root++, next);
      } else sum += weight(leaf++);
    }
    setWeight(next, sum);
  }
  setWeight(used - 2, 0);
  for (let node = <i32>used - 3; node >= 0; node--) setWeight(node, weight(weight(node)) + 1);
  let free = 1;
  let depth: u32 = 0;
  let node = <i32>used - 2;
  for (let next = <i32>used - 1; free > 0; depth++) {
    let inner = 0;
    for (; node >= 0 && weight(node) == depth; node--) inner += 1;
    for (; free > inner; free--) setWeight(next--, depth);
    free = 2 * inner;
  }
}

function weight(at: u32): u32 {
  return load<u32>(weights + at * 4);
}

function setWeight(at: u32, value: u32): void {
  store<u32>(weights + at * 4, value);
}

/** Counts the codes of each length, after those that are too long were made shorter, and others longer for it. */
function limitLengths(used: u32, longest: u32): void {
  memory.fill(lengthTotals, 0, 64 * 4);
  let space: u32 = 0;
  for (let at: u32 = 0; at < used; at++) {
    const length = min(weight(at), longest);
    addLength(length, 1);
    space += 1 << (longest - length);
  }
  for (; space > 1 << longest; space--) {
    let length = longest - 1;
    while (load<u32>(lengthTotals + length * 4) == 0) length -= 1;
    addLength(length, -1);
    addLength(length + 1, 2);
    addLength(longest, -1);
  }
}

function addLength(length: u32, count: i32): void {
  store<u32>(lengthTotals + length * 4, load<u32>(lengthTotals + length * 4) + count);
}

/** Gives symbols, whose codes' lengths are in the table, the codes that go with these (RFC 1951, 3.2.2). */
export function assignCodes(total: u32, codes: u32): void {
  memory.fill(lengthTotals, 0, 17 * 4);
  for (let at: u32 = 0; at < total; at++) addLength(load<u32>(codes + at * 4) >>> 16, 1);
  let code: u32 = 0;
  let before: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    code = (code + before) << 1;
    before = load<u32>(lengthTotals + length * 4);
    store<u32>(lengthTotals + length * 4, code);
  }
  for (let at: u32 = 0; at < total; at++) {
    const length = load<u32>(codes + at * 4) >>> 16;
    if (!length) continue;
    const value = load<u32>(lengthTotals + length * 4);
    addLength(length, 1);
    store<u32>(codes + at * 4, (length << 16) | reverse(value, length));
  }
}

function reverse(value: u32, length: u32): u32 {
  let reversed: u32 = 0;
  for (let bit: u32 = 0; bit < length; bit++) reversed |= ((value >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}
