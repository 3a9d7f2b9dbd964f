import type { OnReadOpts, Socket } from "node:net";

/** What a socket reads at a time at the most; Node takes 64 KiB, which costs some steps of JavaScript each. */
const slabSize = 512 * 1024;
/** Less room than this is left over. */
const leastRoom = 64 * 1024;

/** For one connection: reads into large pieces of memory, each of which is given on as it is and left behind when it is full. */
export function readLargely(): OnReadOpts {
  let slab = Buffer.alloc(0);
  let at = 0;
  return {
    buffer() {
      if (slab.length - at < leastRoom) [slab, at] = [Buffer.allocUnsafeSlow(slabSize), 0];
      return slab.subarray(at);
    },
    callback(this: Socket, count: number) {
      at += count;
      return this.push(slab.subarray(at - count, at));
    },
  };
}
