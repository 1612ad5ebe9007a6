/** The first byte of a binary message. */
export const FRAME_TYPE = {
  state: 1,
  /** Reserved: zlib around another frame. Version 2 neither sends nor accepts it. */
  bulk: 2,
  input: 16,
} as const;

/** The second byte of a state frame: which parts it has. */
export const FRAME_FLAG = { ack: 1, leaves: 2, enters: 4, updates: 8, keyframe: 16 } as const;

export const FRAME_FLAGS_MASK = 31;

/** The first byte, or -1 for a message without one. */
export function frameType(bytes: Uint8Array): number {
  return bytes.length > 0 ? (bytes[0] as number) : -1;
}
