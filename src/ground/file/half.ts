/** The 16-bit floating-point formats, converted with rounding to the nearest, ties to even. */
const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

const bitsOf = (number: number): number => {
  value[0] = number;
  return bits[0] ?? 0;
};

const numberOf = (word: number): number => {
  bits[0] = word;
  return value[0] ?? 0;
};

/** The float32 number of a bfloat16 word: its upper half. */
export const fromBfloat16 = (word: number): number => numberOf(word << 16);

/** The bfloat16 word nearest to a float32 number; a NaN stays one. */
export function toBfloat16(number: number): number {
  const word = bitsOf(number);
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The float32 number of an IEEE 754 half-precision word, which is always exact. */
export function fromFloat16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >>> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** `word` shifted right by `count` bits, rounded to the nearest, ties to even. */
const shiftRounded = (word: number, count: number): number => {
  const kept = word >>> count;
  const lost = word & ((1 << count) - 1);
  const half = 1 << (count - 1);
  return lost > half || (lost === half && kept & 1) ? kept + 1 : kept;
};

/** The half-precision word nearest to a float32 number: from 65520 on infinity, to 2⁻²⁵ zero, a NaN stays one. */
export function toFloat16(number: number): number {
  const word = bitsOf(number);
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | shiftRounded(magnitude - 0x38000000, 13); // a carry raises the exponent
  if (magnitude < 0x33000000) return sign;
  // below 2⁻¹⁴: whole multiples of 2⁻²⁴
  return sign | shiftRounded((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >>> 23));
}
