import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readFrame } from '../src/frame-reader.ts';
import { readInputFrame } from '../src/input-frame.ts';
import { parseWireSchema } from '../src/parse-schema.ts';
import type { WireSchema } from '../src/schema.ts';
import { ValueCodec } from '../src/value-codec.ts';
import { generatedFiles, standardWithTables } from './tables.ts';
import { fromHex, type VectorCase, type VectorFile } from './vector-file.ts';

const folder = fileURLToPath(new URL('../', import.meta.url));
const files = generatedFiles();
const vectors = Object.keys(files).filter((path) => path.startsWith('vectors/'));
const silentSink = { begin() {}, leave() {}, enter() {}, update() {}, component() {}, end() {} };

interface Case extends VectorCase {
  readonly wire: WireSchema | undefined;
}

function casesOf(path: string): Case[] {
  const { schemas, cases } = JSON.parse(files[path] as string) as VectorFile;
  return cases.map((item) => ({ ...item, wire: schemas?.[item.schema ?? ''] }));
}

const refusedCases = vectors.flatMap(casesOf).filter(({ refused }) => refused !== undefined);

function runDecoder(vectorFolder: string): Promise<{ code: number; output: string }> {
  const script = join(folder, 'vectors/decode.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, vectorFolder], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

/** Files are written by `npx vitest run libs/protocol/generate --update`, and compared without it. */
describe('generated files', () => {
  it.each(Object.keys(files))('%s is current', async (path) => {
    await expect(files[path]).toMatchFileSnapshot(join(folder, path));
  });

  it('the tables in STANDARD.md are current', async () => {
    const path = join(folder, 'STANDARD.md');
    await expect(standardWithTables(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
  });

  it('every schema in the vectors is one that a client accepts', () => {
    const schemas = vectors.flatMap((path) =>
      Object.values((JSON.parse(files[path] as string) as VectorFile).schemas ?? {}),
    );
    expect(schemas.length).toBeGreaterThan(5);
    for (const schema of schemas) expect(parseWireSchema(schema)).toEqual({ ok: true, schema });
  });
});

describe('the independent decoder', () => {
  it('reads every vector to the last byte', async () => {
    const { code, output } = await runDecoder(join(folder, 'vectors'));
    expect(output).toMatch(/(\d+) of \1 cases decoded as expected/);
    expect(code).toBe(0);
  });

  it.each([
    ['a changed byte', 'frames.json', '"state":"010f', '"state":"010e'],
    ['a changed expectation', 'motion.json', '"startTick":1000', '"startTick":1001'],
    ['a sound frame among the refused', 'refused.json', '"state":"0120', '"state":"0100'],
    ['another replica', 'streams.json', '"unknown":0', '"unknown":2'],
  ])('notices %s', async (_what, file, from, to) => {
    const copy = mkdtempSync(join(tmpdir(), 'vectors-'));
    try {
      cpSync(join(folder, 'vectors'), copy, { recursive: true });
      const text = readFileSync(join(copy, file), 'utf8');
      expect(text).toContain(from);
      writeFileSync(join(copy, file), text.replace(from, to));
      expect((await runDecoder(copy)).code).toBe(1);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('our own readers and the vectors', () => {
  it.each(refusedCases)('refuse: $name ($refused)', ({ state, input, type, bytes, wire, refused }) => {
    if (state !== undefined) {
      expect(readFrame(fromHex(state), () => wire, silentSink)).toEqual({ ok: false, reason: refused });
    } else if (input !== undefined) {
      expect(readInputFrame(fromHex(input))).toEqual({ ok: false, reason: refused });
    } else if (type !== undefined) {
      expect(new ValueCodec(type).decode(fromHex(bytes as string))).toEqual({ ok: false });
    }
  });

  it('read values and inputs as expected', () => {
    for (const { name, type, value, bytes, refused } of casesOf('vectors/values.json')) {
      if (refused !== undefined || type === undefined) continue;
      expect(new ValueCodec(type).decode(fromHex(bytes as string)), name).toEqual({ ok: true, value });
    }
    for (const { name, input, expect: expected } of casesOf('vectors/inputs.json')) {
      if (expected === undefined) continue;
      const read = readInputFrame(fromHex(input as string));
      const text = JSON.stringify(read, (_key, item) =>
        item instanceof Uint8Array ? Buffer.from(item).toString('hex') : item,
      );
      expect(JSON.parse(text), name).toEqual({ ok: true, ...(expected as object) });
    }
  });
});
