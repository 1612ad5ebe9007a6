/*
 * Keys as one token of a subject. Letters, digits, `-`, `_` and `/` stand for themselves; every other byte of the UTF-8
 * form is `=` and two hexadecimal digits. What comes out is also a valid key of a NATS key-value bucket.
 */
const PLAIN = /^[A-Za-z0-9_/-]+$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function toToken(key: string): string {
  if (PLAIN.test(key)) return key;
  // An empty key would be an empty token, which no subject may hold.
  if (key === '') return '=';
  let token = '';
  for (const byte of encoder.encode(key)) {
    const letter = String.fromCharCode(byte);
    token += byte < 128 && PLAIN.test(letter) ? letter : `=${byte.toString(16).padStart(2, '0')}`;
  }
  return token;
}

/** Undefined for a token that `toToken` did not make. */
export function fromToken(token: string): string | undefined {
  if (PLAIN.test(token)) return token;
  if (token === '=') return '';
  if (!/^(?:[A-Za-z0-9_/-]|=[0-9a-f]{2})+$/.test(token)) return undefined;
  const letters = token.match(/=..|./g) ?? [];
  const bytes = letters.map((each) =>
    each[0] === '=' ? Number.parseInt(each.slice(1), 16) : each.charCodeAt(0),
  );
  return decoder.decode(Uint8Array.from(bytes));
}
