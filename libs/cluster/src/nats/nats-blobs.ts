import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { nuid } from '@nats-io/transport-node';
import type { Blobs } from '@overworld/ports';
import type { ConditionalWriter } from './conditional-write.ts';
import { plain } from './bytes.ts';
import type { NatsLink } from './link.ts';
import { NatsError } from './nats-error.ts';
import type { StreamApi } from './stream-api.ts';
import { fromToken, toToken } from './token.ts';

/*
 * A blob is one message, on the subject of its key, that replaces the one before: `0` and the compressed bytes, or, when
 * those are more than one message should hold, `1` and a list of parts, which lie on subjects of their own.
 *
 *   <subject>.m.<key>                       u8 0 | zstd    or    u8 1 | JSON {version, parts}
 *   <subject>.p.<version>.<index>.<key>     a part of the zstd frame
 *
 * The message of the key is written last and behind the one that its writer saw, so a reader finds the old blob or the new
 * one; parts that it named before are removed after it. A version begins with the time: parts whose writer died before
 * it wrote the message of the key are swept away an hour later.
 */
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const WHOLE = 0;
const IN_PARTS = 1;
const MAX_PART_BYTES = 512 * 1_024;
/** Of a message for its headers and subject. */
const OVERHEAD_BYTES = 4_096;
const ATTEMPTS = 4;
/** A cluster that has just elected a leader may refuse a write for a moment that nobody else's write is behind. */
const REPLACE_ATTEMPTS = 7;
const FIRST_PAUSE_MS = 10;
const ORPHAN_AGE_MS = 3_600_000;
const TIME_DIGITS = 9;

export interface NatsBlobsOptions {
  readonly link: NatsLink;
  readonly api: StreamApi;
  readonly writer: ConditionalWriter;
  readonly stream: string;
  readonly subject: string;
}

interface PartList {
  readonly version: string;
  readonly parts: number;
}

interface Entry {
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/**
 * Blobs on a JetStream stream, compressed with zstd. A blob of up to half a megabyte (compressed) is one message: a put
 * costs two requests, a get one. What a put replaces and what is deleted is freed at once.
 */
export class NatsBlobs implements Blobs {
  readonly #options: NatsBlobsOptions;
  /** Puts of one key by this process follow each other. */
  readonly #writing = new Map<string, Promise<void>>();
  #isSwept = false;

  constructor(options: NatsBlobsOptions) {
    this.#options = options;
  }

  /** @throws NatsError when the servers do not take it in time. */
  put(key: string, bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    const before = this.#writing.get(key) ?? Promise.resolve();
    const writing = before.catch(() => undefined).then(() => this.#put(key, copy));
    this.#writing.set(key, writing);
    return writing.finally(() => {
      if (this.#writing.get(key) === writing) this.#writing.delete(key);
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = await this.#entry(key);
      if (entry === undefined) return undefined;
      const list = partList(entry.payload);
      const packed = list === undefined ? entry.payload.subarray(1) : await this.#parts(key, list);
      // A part that is gone was replaced together with its list: look again.
      if (packed !== undefined) return plain(await decompress(packed));
    }
    throw new NatsError(`the blob ${key} misses a part`);
  }

  async delete(key: string): Promise<void> {
    const { api, stream } = this.#options;
    const entry = await this.#entry(key);
    if (entry === undefined) return;
    // Up to what was seen: a purge that is asked for twice must not take what came in between.
    await api.purge(stream, this.#subject(key), entry.sequence + 1);
    await this.#removeParts(key, partList(entry.payload));
  }

  async list(prefix: string): Promise<readonly string[]> {
    const { api, stream, subject } = this.#options;
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const filter = folder === '' ? `${subject}.m.>` : `${this.#subject(folder.slice(0, -1))}.>`;
    const subjects = await api.subjects(stream, filter);
    const keys = subjects.map((each) => toKey(each.slice(subject.length + 3)));
    return keys.filter((key) => key?.startsWith(prefix)).sort() as string[];
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const packed = await compress(bytes);
    const limit = Math.min(MAX_PART_BYTES, this.#options.link.maxPayloadBytes - OVERHEAD_BYTES);
    if (packed.length < limit) {
      await this.#replace(key, Buffer.concat([Uint8Array.of(WHOLE), packed]));
      return;
    }
    this.#sweepOnce();
    const list = await this.#writeParts(key, packed, limit);
    await this.#replace(key, Buffer.concat([Uint8Array.of(IN_PARTS), Buffer.from(JSON.stringify(list))]));
  }

  async #writeParts(key: string, packed: Uint8Array, limit: number): Promise<PartList> {
    const time = Date.now().toString(36).padStart(TIME_DIGITS, '0');
    const list = { version: `${time}${nuid.next()}`, parts: Math.ceil(packed.length / limit) };
    for (let index = 0; index < list.parts; index++) {
      const part = packed.subarray(index * limit, (index + 1) * limit);
      const outcome = await this.#options.writer.write(this.#partSubject(key, list, index), part, 0);
      if (outcome.kind === 'unknown')
        throw new NatsError(`the blob ${key} was not stored: ${outcome.detail}`);
    }
    return list;
  }

  async #replace(key: string, payload: Uint8Array): Promise<void> {
    let detail = 'others write it, too';
    for (let attempt = 0; attempt < REPLACE_ATTEMPTS; attempt++) {
      if (attempt > 0) await wait(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      const before = await this.#entry(key);
      if (attempt > 0 && before !== undefined && Buffer.compare(before.payload, payload) === 0) return;
      const outcome = await this.#options.writer.write(this.#subject(key), payload, before?.sequence ?? 0);
      if (outcome.kind === 'written') {
        await this.#removeParts(key, before === undefined ? undefined : partList(before.payload));
        return;
      }
      if (outcome.kind === 'unknown') detail = outcome.detail;
    }
    throw new NatsError(`the blob ${key} was not stored: ${detail}`);
  }

  async #entry(key: string): Promise<Entry | undefined> {
    const message = await this.#options.api.last(this.#options.stream, this.#subject(key));
    return message === undefined ? undefined : { sequence: message.sequence, payload: message.bytes };
  }

  async #parts(key: string, list: PartList): Promise<Uint8Array | undefined> {
    const { api, stream } = this.#options;
    const parts: Uint8Array[] = [];
    for (let index = 0; index < list.parts; index++) {
      const message = await api.last(stream, this.#partSubject(key, list, index));
      if (message === undefined) return undefined;
      parts.push(message.bytes);
    }
    return Buffer.concat(parts);
  }

  async #removeParts(key: string, list: PartList | undefined): Promise<void> {
    const { api, stream, subject } = this.#options;
    if (list !== undefined) await api.purge(stream, `${subject}.p.${list.version}.*.${toSubject(key)}`);
  }

  #sweepOnce(): void {
    if (this.#isSwept) return;
    this.#isSwept = true;
    this.#sweep().catch(() => undefined);
  }

  async #sweep(): Promise<void> {
    const { api, stream, subject } = this.#options;
    for (const each of await api.subjects(stream, `${subject}.p.>`)) {
      const [version = '', , ...key] = each.slice(subject.length + 3).split('.');
      if (Date.now() - Number.parseInt(version.slice(0, TIME_DIGITS), 36) < ORPHAN_AGE_MS) continue;
      const entry = await api.last(stream, `${subject}.m.${key.join('.')}`);
      if (entry === undefined || partList(entry.bytes)?.version !== version) await api.purge(stream, each);
    }
  }

  #subject(key: string): string {
    return `${this.#options.subject}.m.${toSubject(key)}`;
  }

  #partSubject(key: string, list: PartList, index: number): string {
    return `${this.#options.subject}.p.${list.version}.${index}.${toSubject(key)}`;
  }
}

/** Each part of a key between slashes is a token, so that a listing of a folder is a filter at the server. */
function toSubject(key: string): string {
  return key.split('/').map(toToken).join('.');
}

function toKey(subject: string): string | undefined {
  const parts = subject.split('.').map(fromToken);
  return parts.includes(undefined) ? undefined : parts.join('/');
}

function partList(payload: Uint8Array): PartList | undefined {
  if (payload[0] !== IN_PARTS) return undefined;
  return JSON.parse(Buffer.from(payload.subarray(1)).toString()) as PartList;
}
