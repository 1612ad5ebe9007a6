import { type ByteReader, type ByteWriter, type Hash64, utf8Length } from '@overworld/kernel';

const MAX_KEY_BYTES = 255;
const MAX_ENTRIES = 65_536;
const MAX_VALUE_BYTES = 16_777_216;

/**
 * Rare things by name: bytes under a string, in the order of the keys' UTF-16 units. Part of snapshot and hash.
 * At most 65,536 entries with keys of 1 to 255 bytes and values of up to 16 MiB.
 */
export class SideTable {
  readonly #values = new Map<string, Uint8Array>();
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  /** The stored bytes, borrowed: not to be written to. */
  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** Stores a copy of `value`. False, and nothing changes, when a limit is passed or the key is no valid text. */
  set(key: string, value: Uint8Array): boolean {
    const known = this.#values.has(key);
    if (!known && !this.#admits(key)) return false;
    if (value.length > MAX_VALUE_BYTES) return false;
    if (!known) this.#keys.splice(this.#position(key), 0, key);
    this.#values.set(key, value.slice());
    return true;
  }

  /** Returns whether the key was there. */
  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    this.#keys.splice(this.#position(key), 1);
    return true;
  }

  /** The keys in order, borrowed: copy them before changing the table in a loop over them. */
  keys(): readonly string[] {
    return this.#keys;
  }

  hashInto(hash: Hash64): void {
    hash.u32(this.#keys.length);
    for (const key of this.#keys) {
      hash.text(key);
      hash.bytes(this.#values.get(key) as Uint8Array);
    }
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#keys.length);
    for (const key of this.#keys) {
      writer.text(key);
      writer.blob(this.#values.get(key) as Uint8Array);
    }
  }

  /** Reads into an empty table; keys that are out of order fail the reader. */
  read(reader: ByteReader): void {
    const count = reader.varint();
    if (count > MAX_ENTRIES) reader.fail();
    let previous = '';
    for (let index = 0; index < count && !reader.failed; index++) {
      const key = reader.text(MAX_KEY_BYTES);
      const value = reader.blob(MAX_VALUE_BYTES);
      if (key <= previous || reader.failed) reader.fail();
      else this.set(key, value);
      previous = key;
    }
  }

  #admits(key: string): boolean {
    if (this.#keys.length >= MAX_ENTRIES || key === '' || !key.isWellFormed()) return false;
    return key.length <= MAX_KEY_BYTES && utf8Length(key) <= MAX_KEY_BYTES;
  }

  /** The index of the first key that is not below `key`. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
