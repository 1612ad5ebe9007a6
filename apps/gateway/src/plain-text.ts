/**
 * Control characters, line and paragraph separators, marks that turn the direction of writing, and the byte order mark.
 * Joiners stay: scripts and emoji need them.
 */
const UNWANTED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** What of a player's text can be shown to others as one line. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(UNWANTED, '').trim();
}
