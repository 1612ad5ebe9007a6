import { isRefusal } from '@overworld/contracts';
import { FakeClock } from '@overworld/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStores } from '../test/memory-stores.ts';
import { Lobbies, type LobbiesPorts, zoneOf } from './lobbies.ts';
import { SESSION_DEFAULTS, type SessionOptions } from './options.ts';

const OPEN = 5_000;
const PAGE = 200;
const IDLE_MINUTES = SESSION_DEFAULTS.lobbyIdleMinutes;
const OPTIONS: SessionOptions = { ...SESSION_DEFAULTS, id: 'session-a', secret: new Uint8Array(32) };

/** Says how much it was asked for at once. */
class CountingStores extends MemoryStores {
  largest = 0;
  lists = 0;

  override async listZones(...asked: Parameters<MemoryStores['listZones']>) {
    const answer = await super.listZones(...asked);
    this.lists += 1;
    this.largest = Math.max(this.largest, answer.zones.length);
    return answer;
  }
}

let clock: FakeClock;
let stores: CountingStores;
let lobbies: Lobbies;
let players: Map<string, number>;
let asked: number;
let closed: string[];

/** The zones, as far as lobbies ask them. */
function fakeZones(): LobbiesPorts['zones'] {
  const zones = {
    register: (zone: { id: string }) => stores.registerZone({ ...zone, seed: 's' } as never),
    standing: async (zone: string) => {
      asked += 1;
      return { seat: 'none', toZone: '', pendingEffects: 0, players: players.get(zone) ?? 0 };
    },
    close: async (zone: string) => {
      closed.push(zone);
      await stores.closeZone(zone);
    },
  };
  return zones as unknown as LobbiesPorts['zones'];
}

async function open(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const id = zoneOf(`c${index}`);
    const params = { code: `C${index}`, capacity: 16, owner: index % 1000 === 0 ? 'ada' : 'bob' };
    await stores.registerZone({ id, world: 'lobby', ruleset: 'lobby', seed: 's', params });
  }
}

beforeEach(() => {
  clock = new FakeClock();
  stores = new CountingStores(() => clock.wall());
  players = new Map();
  asked = 0;
  closed = [];
  lobbies = new Lobbies({ options: OPTIONS, stores, zones: fakeZones(), clock });
});

describe('lobbies', () => {
  it('[LO1] of whom somebody has how many is counted where they are stored', async () => {
    await open(OPEN);
    expect(await lobbies.create('ada', 'lobby', 'lobby')).toMatchObject({ refused: 'rate-limited' });
    expect(isRefusal(await lobbies.create('grace', 'lobby', 'lobby'))).toBe(false);
    expect(stores.lists).toBe(0);
  });

  it('[LO2] are looked after page by page, however many there are', async () => {
    await open(OPEN);
    for (let look = 0; look < 3; look++) {
      await clock.advance(IDLE_MINUTES * 60_000);
      await lobbies.sweep('lobby');
    }
    expect(closed).toHaveLength(OPEN);
    expect(stores.largest).toBeLessThanOrEqual(PAGE);
  });

  it('[LO3] that are younger than an empty one may become are not asked for', async () => {
    await open(10);
    await clock.advance(IDLE_MINUTES * 60_000 - 1);
    await lobbies.sweep('lobby');
    expect(asked).toBe(0);
    await clock.advance(1);
    await lobbies.sweep('lobby');
    expect(asked).toBe(10);
  });

  it('[LO4] in which somebody was seen meanwhile begin anew to be empty', async () => {
    await open(1);
    const zone = zoneOf('c0');
    await clock.advance(IDLE_MINUTES * 60_000);
    await lobbies.sweep('lobby');
    players.set(zone, 1);
    await clock.advance(IDLE_MINUTES * 30_000);
    await lobbies.sweep('lobby');
    players.clear();
    await clock.advance(IDLE_MINUTES * 30_000);
    await lobbies.sweep('lobby');
    expect(closed).toEqual([]);
    await clock.advance(IDLE_MINUTES * 60_000);
    await lobbies.sweep('lobby');
    expect(closed).toEqual([zone]);
  });
});
