const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
  return word;
});

/** The CRC-32 of bytes as zip files hold it (ISO 3309, reflected polynomial 0xedb88320). */
export function crc32(bytes: Uint8Array): number {
  let word = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) word = (word >>> 8) ^ (table[(word ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return ~word >>> 0;
}
