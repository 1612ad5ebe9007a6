import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPorts, openLocalPorts } from '@overworld/cluster';
import { leaseKeys, type World } from '@overworld/contracts';
import { encodeJson } from '@overworld/platform';
import { type AnyRuleset, defineRuleset } from '@overworld/ruleset';
import { ZoneActor } from '@overworld/zone';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RehearsalPorts, rehearse } from './rehearsal.ts';

const ZONE = 'hills-1';
const WORLD: World = {
  name: 'hills',
  title: 'Hills',
  ruleset: 'stones',
  entry: ZONE,
  zones: [{ id: ZONE, params: {} }],
};

let steps: number;
let mostPlayers: number;

const stones = defineRuleset({
  name: 'stones',
  tickHz: 20,
  capacity: { players: 8, entities: 8 },
  gap: { policy: 'hold' },
  components: { look: { fields: { size: 'u32' }, show: {} } },
  interest: { everything: true },
  inputs: {},
  input: {},
  create: (_zone, params) => {
    if ((params as { isBroken?: boolean }).isBroken) throw new Error('no stones');
  },
  join: (zone) => zone.spawn({ look: { size: 7 } }),
  tick(zone) {
    let players = 0;
    zone.players.each(() => {
      players += 1;
    });
    steps += 1;
    mostPlayers = Math.max(mostPlayers, players);
  },
}) as AnyRuleset;

let folder: string;
let ports: LocalPorts;

function rehearsalPorts(change: Partial<RehearsalPorts> = {}): RehearsalPorts {
  return { ...ports, rulesets: new Map([[stones.name, stones]]), worlds: [WORLD], ...change };
}

/** A zone of this world that has run and has a snapshot, as a shard that lives would leave it between two of them. */
async function runZone(): Promise<void> {
  const spec = { id: ZONE, zoneNumber: 1, world: 'hills', ruleset: 'stones', seed: 's', params: {} };
  const actor = await ZoneActor.open(spec, stones, { owner: 'shard-b/0' }, ports);
  if ('refused' in actor) throw new Error(actor.detail);
  await actor.hibernate();
  const owner = { shard: 'shard-b', world: 'hills', epoch: actor.epoch, movedAtMs: 0 };
  await ports.leases.create(leaseKeys.zone(ZONE), encodeJson(owner));
}

beforeEach(async () => {
  [steps, mostPlayers] = [0, 0];
  folder = await mkdtemp(join(tmpdir(), 'overworld-rehearsal-'));
  ports = await openLocalPorts({ folder });
});

afterEach(async () => {
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a rehearsal', () => {
  it('takes a zone over that runs elsewhere, and leaves nothing behind', async () => {
    await runZone();
    const [last, blobs] = [await ports.journal.last(ZONE), await ports.blobs.list('')];
    const heard: string[] = [];
    ports.bus.subscribe('>', ({ subject }) => heard.push(subject));
    steps = 0;
    const rehearsed = await rehearse(rehearsalPorts());
    expect(rehearsed).toEqual([{ zone: ZONE, ticks: expect.any(Number), isReal: true }]);
    expect(steps).toBeGreaterThanOrEqual(rehearsed[0]?.ticks ?? 0);
    expect(rehearsed[0]?.ticks).toBeGreaterThan(20);
    expect(await ports.journal.last(ZONE)).toEqual(last);
    expect(await ports.blobs.list('')).toEqual(blobs);
    expect(heard).toEqual([]);
  });

  it('makes a zone with players up where none runs', async () => {
    const rehearsed = await rehearse(rehearsalPorts());
    expect(rehearsed).toMatchObject([{ zone: ZONE, isReal: false }]);
    expect(mostPlayers).toBe(8);
    expect(await ports.journal.zones()).toEqual([]);
  });

  it('does without what the store does not tell', async () => {
    await runZone();
    const never = (): Promise<never> => new Promise(() => {});
    const mute = rehearsalPorts({ journal: { ...ports.journal, read: never } });
    expect(await rehearse(mute)).toMatchObject([{ isReal: false }]);
  });

  it('is no reason not to start when a ruleset throws', async () => {
    const broken: World = { ...WORLD, zones: [{ id: ZONE, params: { isBroken: true } }] };
    expect(await rehearse(rehearsalPorts({ worlds: [broken] }))).toMatchObject([{ ticks: 0 }]);
  });
});
