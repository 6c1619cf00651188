/** SHA-256 (FIPS 180-4) of short texts without node's crypto, so that a browser names streams as node does. */

const BLOCK = 64;

/** The first 32 bits of the fractions of √p (initial state) and ∛p (round constants) of the first 64 primes. */
const primes = Array.from({ length: 310 }, (_, i) => i + 2).filter((n) => {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
});
const fractions = (root: (n: number) => number, count: number): Int32Array =>
  Int32Array.from(primes.slice(0, count), (prime) => ((root(prime) % 1) * 2 ** 32) | 0);
const initial = fractions(Math.sqrt, 8);
const rounds = fractions(Math.cbrt, 64);

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** The SHA-256 of a text in UTF-8: 32 bytes. */
export function textDigest(text: string): Uint8Array {
  const padded = paddedText(text);
  const state = Int32Array.from(initial);
  const schedule = new Int32Array(64);
  for (let at = 0; at < padded.byteLength; at += BLOCK) {
    expand(schedule, padded, at);
    compress(state, schedule);
  }
  const digest = new DataView(new ArrayBuffer(32));
  for (const [i, word] of state.entries()) digest.setInt32(4 * i, word);
  return new Uint8Array(digest.buffer);
}

/** The bytes of a text, a one bit, zeros, and their number in bits as 64, in whole blocks. */
function paddedText(text: string): DataView {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length * 8) >>> 0);
  return view;
}

/** The message schedule of a block (6.2.2, step 1). */
function expand(schedule: Int32Array, message: DataView, at: number): void {
  for (let i = 0; i < 16; i++) schedule[i] = message.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const [early, late] = [schedule[i - 15] ?? 0, schedule[i - 2] ?? 0];
    const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[i] = (schedule[i - 16] ?? 0) + sigma0 + (schedule[i - 7] ?? 0) + sigma1;
  }
}

/** The 64 rounds of a block (6.2.2, steps 2 to 4). */
function compress(state: Int32Array, schedule: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const first = (h + sum1 + chosen + (rounds[i] ?? 0) + (schedule[i] ?? 0)) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + sum0 + majority) | 0];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] ?? 0) + word;
}
