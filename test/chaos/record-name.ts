import { createHash } from 'node:crypto';

/** The same bytes have the same name. */
export function recordName(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64url');
}
