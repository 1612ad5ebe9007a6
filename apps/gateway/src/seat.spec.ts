import { Mirror } from '@overworld/replication/gateway';
import { defineRuleset, type PlayerChange } from '@overworld/ruleset';
import { FakeClock } from '@overworld/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { InputChain } from './input-chain.ts';
import type { PlayerConnection } from './player-connection.ts';
import { type Entered, Seat } from './seat.ts';
import type { ZoneLink } from './zone-link.ts';

const ADA = '00000000000000ad';
const GATEWAY = 'gateway-a';
const PRESENT: PlayerChange = {
  kind: 'present',
  player: ADA,
  row: 0,
  avatar: 1,
  name: 'Ada',
  gateway: GATEWAY,
};
const MOVED: PlayerChange = { kind: 'moved', player: ADA, row: 0, toZone: 'hills-2' };

const yard = defineRuleset({
  name: 'yard',
  tickHz: 20,
  capacity: { players: 1, entities: 1 },
  gap: { policy: 'hold' },
  components: {},
  interest: { everything: true },
  inputs: {},
  input: {},
  join: (zone) => zone.spawn({}),
});
const PARAMS = { code: 'TEST' };

let clock: FakeClock;
let seat: Seat;
let emitted: unknown[];
let entered: Entered | undefined;

beforeEach(() => {
  clock = new FakeClock();
  entered = undefined;
  emitted = [];
  const connection = {
    player: ADA,
    name: 'Ada',
    maxMessageBytes: 65_536,
    inputs: new InputChain(),
    placed: () => {},
    emit: (_name: string, value: unknown) => emitted.push(value),
  } as unknown as PlayerConnection;
  const link = {
    place: { zone: 'yard-1', world: 'yard', ruleset: 'yard', params: PARAMS },
    ruleset: yard,
    attach: () => {},
    push: () => {},
    mirror: new Mirror(yard.wire, { everything: true }),
  } as unknown as ZoneLink;
  const options = { index: 0, resume: '', gateway: GATEWAY, viewBytesPerSecond: 5000, clock };
  seat = new Seat(connection, link, { ...options, character: new Uint8Array(0) });
});

function enter(how: Promise<Entered>): void {
  void how.then((outcome) => {
    entered = outcome;
  });
}

describe('a seat', () => {
  it('[ST1] awaits who comes through a gate although the zone tells of an earlier departure', async () => {
    enter(seat.arrive(15_000));
    seat.changed(MOVED);
    await clock.advance(600);
    expect(entered).toBeUndefined();
    seat.changed(PRESENT);
    await clock.advance(10);
    expect(entered).toEqual({ ok: true });
    await clock.advance(5_000);
    expect(entered).toEqual({ ok: true });
  });

  it('[ST2] gives up who does not come after that: he has come and gone on', async () => {
    enter(seat.arrive(15_000));
    seat.changed(MOVED);
    await clock.advance(3_000);
    expect(entered).toMatchObject({ ok: false, reason: 'zone-unavailable' });
  });

  it('[ST3] tells who joins a zone that has just sent him on at once', async () => {
    enter(seat.join(5_000));
    seat.changed(MOVED);
    await clock.advance(10);
    expect(entered).toMatchObject({ ok: false, reason: 'zone-unavailable' });
  });

  it('[ST4] tells of a new owner, or of doubts, without what the client knows of the zone', async () => {
    enter(seat.join(5_000));
    seat.changed(PRESENT);
    await clock.advance(10);
    expect(seat.info()).toMatchObject({ zone: 'yard-1', params: PARAMS, schema: yard.wire });
    seat.epochChanged();
    expect(emitted).toEqual([]);
    seat.open();
    seat.epochChanged();
    seat.inputsInDoubt();
    const { params: _params, schema: _schema, ...news } = seat.info();
    expect(emitted).toEqual([news, news]);
  });
});
