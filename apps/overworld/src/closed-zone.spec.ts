import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalPorts } from '@overworld/cluster';
import { type OverworldConfig, overworldConfig, parseConfig } from '@overworld/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rest, TestPlayer } from '../test/test-player.ts';
import { type Overworld, startOverworld } from './overworld.ts';

/** The whole server on a data folder in which the journal of one of the two zones of the forest is damaged. */
let folder: string;
let server: Overworld;

function config(): OverworldConfig {
  const environment = { OVERWORLD_LOG_LEVEL: 'fatal', OVERWORLD_GAMES: join(folder, 'games') };
  const outcome = parseConfig(overworldConfig, { words: ['--data', folder, '--port', '0'], environment });
  if (outcome.kind !== 'config') throw new Error(JSON.stringify(outcome));
  return outcome.config;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-spec-'));
  const ports = await openLocalPorts({ folder });
  await ports.journal.append('forest-2', 0, new Uint8Array([1, 2, 3]));
  await ports.close();
  server = await startOverworld(config());
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a zone that cannot be opened', () => {
  it('[OW20] keeps nobody out of the other zones of its world, and says so at its own door', async () => {
    const ada = new TestPlayer(server.url, 'Ada');
    const { token } = await ada.login();
    const refused = await rest(server.url, 'POST', '/join', { body: { zone: 'forest-2' }, token });
    expect(refused).toMatchObject({ status: 503, body: { reason: 'zone-failed' } });
    expect(refused.body.detail).toContain('bad-journal');
    await ada.enter('forest');
    expect(ada.zone.zone).toBe('forest-1');
    ada.close();
  });
});
