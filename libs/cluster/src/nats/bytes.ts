/**
 * The same bytes without the `Buffer` class that sockets and decoders of Node hand out: its `slice` is a view where that
 * of every other typed array is a copy, which is what those who get the bytes rely on.
 */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
