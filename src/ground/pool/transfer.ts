/**
 * The buffers of typed arrays in a value (plain objects and arrays are searched) that can be moved to another thread
 * instead of copied. Views of a part of a buffer are left out: moving would take the rest of it too.
 */
export function wholeBuffers(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    const { buffer } = value;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === value.byteLength) found.add(buffer);
  } else if (value instanceof ArrayBuffer) {
    found.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) wholeBuffers(part, found);
  }
  return found;
}
