import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from './server.ts';

const EXAMPLE = fileURLToPath(new URL('../../docs/examples/plain-client.mjs', import.meta.url));
const run = promisify(execFile);

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.create();
});

afterAll(() => server?.dispose());

describe('the example of docs/protocol.md', () => {
  it('is no longer than the documentation says: 40 lines', async () => {
    const lines = (await readFile(EXAMPLE, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it.each(['forest'])('plays in the world %s with nothing but socket.io-client', async (world) => {
    const { stdout, stderr } = await run(process.execPath, [EXAMPLE, server.url, 'Plain', world, '3']);
    expect(stderr).toBe('');
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ zone: 'forest-1', me: { own: true, look: { name: 'Plain' } } });
    expect(told.frames).toBeGreaterThan(0);
    expect(told.last.tick).toBeGreaterThan(0);
    expect(told.me.body.x).toBeGreaterThan(0);
    expect(told.inSight).toBeGreaterThan(0);
  });
});
