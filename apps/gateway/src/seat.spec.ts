import type { WrittenInput } from '@overworld/contracts';
import { Mirror } from '@overworld/replication/gateway';
import { defineRuleset, type PlayerChange } from '@overworld/ruleset';
import { FakeClock } from '@overworld/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { InputChain } from './input-chain.ts';
import { OverdueInputs } from './overdue-inputs.ts';
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
let handed: (readonly [sequence: number, after: number])[];
let inputs: InputChain;

beforeEach(() => {
  clock = new FakeClock();
  entered = undefined;
  handed = [];
  emitted = [];
  inputs = new InputChain();
  const connection = {
    player: ADA,
    name: 'Ada',
    maxMessageBytes: 65_536,
    inputs,
    overdue: new OverdueInputs(inputs),
    placed: () => {},
    emit: (_name: string, value: unknown) => emitted.push(value),
    refuse: (value: unknown) => emitted.push(value),
  } as unknown as PlayerConnection;
  const link = {
    place: { zone: 'yard-1', world: 'yard', ruleset: 'yard', params: PARAMS },
    ruleset: yard,
    attach: () => {},
    push: () => {},
    pushInput: ({ sequence, after }: WrittenInput) => handed.push([sequence, after]),
    await: () => {},
    detach: () => {},
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

  it('[ST5] has sent again what the zone does not execute, and goes on without it in the end', async () => {
    const push = (sequence: number): void =>
      seat.push({ kind: 0, sequence, tick: 0, bytes: new Uint8Array(0), from: 0, to: 0 });
    enter(seat.join(5_000));
    seat.changed(PRESENT);
    await clock.advance(10);
    seat.open();
    for (let sequence = 1; sequence <= 12; sequence++) {
      push(sequence);
      seat.beat();
    }
    expect(emitted).toMatchObject([
      ...Array(3).fill({ zone: 'yard-1', sequence: 0 }),
      { reason: 'bad-request', detail: expect.stringContaining('may be lost') },
    ]);
    // The first one after the last refusal waits for none.
    expect(handed.filter(([, after]) => after === 0)).toEqual([
      [1, 0],
      [12, 0],
    ]);
  });

  it('[ST6] keeps an input that comes while a handoff is under way in mind, and nothing of a seat that is over', () => {
    const push = (sequence: number): void =>
      seat.push({ kind: 0, sequence, tick: 0, bytes: new Uint8Array(0), from: 0, to: 0 });
    push(1);
    expect(handed).toEqual([]);
    expect(inputs.highest).toBe(1);
    seat.end(false);
    push(2);
    expect(inputs.highest).toBe(1);
  });
});
