/**
 * The letters and digits of codes that people read aloud and type: no two look alike (0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V
 * keep at most one of each) and no vowels, so that no words appear. Six of them make 113 million codes.
 */
export const LOBBY_ALPHABET = 'CDFGHJKMNPQRTVWXY34679';

/** Whether `text` is exactly `length` characters of {@link LOBBY_ALPHABET}. Upper-case what people typed first. */
export function isCode(text: string, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    if (!LOBBY_ALPHABET.includes(text.charAt(index))) return false;
  }
  return true;
}
