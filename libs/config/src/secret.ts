import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 48;
const MIN_SECRET_BYTES = 32;

/** A stored secret cannot be used. The message is one line, fit for the terminal. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/**
 * A secret that is made at the first start and kept in `folder`, readable by its owner only. The same for every later
 * start, also when the first was killed while it wrote.
 *
 * @throws SecretError when the file cannot be read or written, or holds too little to be a secret.
 */
export function storedSecret(folder: string, name: string): string {
  const file = join(folder, name);
  const stored = readSecret(file);
  if (stored !== undefined) return stored;
  const fresh = `${file}.${process.pid}.new`;
  try {
    writeFileSync(fresh, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, {
      mode: 0o600,
      flush: true,
    });
    // A link, unlike a rename, never replaces: of two processes that start at once, one secret stands.
    linkSync(fresh, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST'))
      throw new SecretError(`the secret ${file} cannot be written (${String(error)})`);
  } finally {
    rmSync(fresh, { force: true });
  }
  return readSecret(file) as string;
}

/** The key that signs tokens: the one from the configuration, else the one that is kept in the data folder. */
export function tokenSecret(given: string, folder: string): Uint8Array {
  return new TextEncoder().encode(given === '' ? storedSecret(folder, 'token.secret') : given);
}

/**
 * The key that signs tokens where several processes share it.
 *
 * @throws SecretError when none is given.
 */
export function sharedSecret(given: string): Uint8Array {
  if (given !== '') return new TextEncoder().encode(given);
  const advice = 'give every gateway and session process the same text of at least 32 characters';
  throw new SecretError(`OVERWORLD_SECRET is not set: ${advice}`);
}

function readSecret(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text.length < MIN_SECRET_BYTES) {
      throw new SecretError(
        `the secret ${file} is shorter than ${MIN_SECRET_BYTES} characters: delete it to get a new one`,
      );
    }
    chmodSync(file, 0o600);
    return text;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof SecretError) throw error;
    throw new SecretError(`the secret ${file} cannot be read (${String(error)})`);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
