import type { ZoneCommand } from '@overworld/contracts';
import type { InputPolicy, Operation } from '@overworld/ruleset';
import { playerId } from '@overworld/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Mailbox } from './mailbox.ts';

const POLICIES: readonly InputPolicy[] = ['latest', 'perTick', 'all'];
const [MOVE, JUMP, SAY] = [0, 1, 2];
const NONE = new Uint8Array(0);

let last: Map<string, number>;
let dropped: string[];
let mailbox: Mailbox;
let admits: boolean;

function make(options: { maxRecordBytes?: number; maxOperations?: number } = {}): Mailbox {
  return new Mailbox({
    policyOf: (input) => POLICIES[input],
    lastSequence: (player) => last.get(player) ?? -1,
    dropped: (mailboxClass, reason) => dropped.push(`${mailboxClass} ${reason}`),
    admitsInputs: () => admits,
    maxRecordBytes: options.maxRecordBytes ?? 100_000,
    maxOperations: options.maxOperations ?? 1_000,
  });
}

function input(player: number, sequence: number, kind: number, tick = 0, after = 0): ZoneCommand {
  return {
    kind: 'input',
    player: playerId(player),
    sequence,
    after,
    tick,
    input: kind,
    source: 'player',
    value: NONE,
  };
}

function inputs(operations: readonly Operation[]): (readonly [string, number, number])[] {
  return operations.flatMap((each) =>
    each.kind === 'input' ? [[each.player.slice(-1), each.sequence, each.input] as const] : [],
  );
}

/** Drains a tick and remembers what was executed, as the state does. */
function drain(tick: number): Operation[] {
  const operations = mailbox.drain(tick);
  for (const each of operations) if (each.kind === 'input') last.set(each.player, each.sequence);
  return operations;
}

beforeEach(() => {
  admits = true;
  last = new Map([1, 2, 3].map((number) => [playerId(number), 0]));
  dropped = [];
  mailbox = make();
});

describe('inputs in a mailbox', () => {
  it('are ordered by player and sequence, whoever speaks first', () => {
    for (const each of [input(2, 1, SAY), input(1, 1, SAY), input(2, 2, SAY)]) mailbox.push('g', each, 10);
    expect(inputs(drain(11))).toEqual([
      ['1', 1, SAY],
      ['2', 1, SAY],
      ['2', 2, SAY],
    ]);
    expect(mailbox.depth).toBe(0);
  });

  it('of kind latest are replaced by newer ones, which stand for them', () => {
    for (let sequence = 1; sequence <= 5; sequence += 1) mailbox.push('g', input(1, sequence, MOVE), 10);
    expect(inputs(drain(11))).toEqual([['1', 5, MOVE]]);
    expect(mailbox.superseded).toBe(4);
  });

  it('of kind perTick are executed one a tick, and hold back those behind them', () => {
    for (const each of [input(1, 1, JUMP), input(1, 2, JUMP), input(1, 3, SAY)]) mailbox.push('g', each, 10);
    expect(inputs(drain(11))).toEqual([['1', 1, JUMP]]);
    expect(inputs(drain(12))).toEqual([
      ['1', 2, JUMP],
      ['1', 3, SAY],
    ]);
  });

  it('wait for the tick they name, at most ten ticks', () => {
    mailbox.push('g', input(1, 1, SAY, 13), 10);
    mailbox.push('g', input(2, 1, SAY, 4_000), 10);
    mailbox.push('g', input(3, 1, SAY, 3), 10);
    expect(inputs(drain(11))).toEqual([['3', 1, SAY]]);
    expect(inputs(drain(12))).toEqual([]);
    expect(inputs(drain(13))).toEqual([['1', 1, SAY]]);
    expect(inputs(drain(20))).toEqual([['2', 1, SAY]]);
  });

  it('that were executed or come twice are taken once', () => {
    last.set(playerId(1), 3);
    for (const sequence of [2, 3, 4, 4]) mailbox.push('g', input(1, sequence, SAY), 10);
    expect(inputs(drain(11))).toEqual([['1', 4, SAY]]);
    expect(mailbox.depth).toBe(0);
  });

  it('are not taken behind one that was lost on the way, until that one comes again', () => {
    last.set(playerId(1), 3);
    mailbox.push('g', input(1, 6, SAY, 0, 5), 10);
    expect(inputs(drain(11))).toEqual([]);
    expect(dropped).toEqual(['input gap']);
    // 5 was refused at the gateway: 6 comes behind 4 now.
    mailbox.push('g', input(1, 4, SAY, 0, 0), 11);
    mailbox.push('g', input(1, 6, SAY, 0, 4), 11);
    expect(inputs(drain(12))).toEqual([
      ['1', 4, SAY],
      ['1', 6, SAY],
    ]);
    expect(dropped).toEqual(['input gap']);
  });

  it('are taken behind what another owner, or another zone, has executed meanwhile', () => {
    mailbox.push('g', input(1, 1, SAY), 10);
    drain(11);
    last.set(playerId(1), 8);
    mailbox.push('g', input(1, 9, SAY, 0, 8), 12);
    expect(inputs(drain(13))).toEqual([['1', 9, SAY]]);
  });

  it('begin anew with a new stay of the player', () => {
    for (const sequence of [1, 2, 3]) mailbox.push('g', input(1, sequence, SAY, 0, sequence - 1), 10);
    drain(11);
    last.set(playerId(1), 0);
    mailbox.push('g', input(1, 1, SAY), 12);
    mailbox.push('g', input(1, 2, SAY, 0, 1), 12);
    expect(inputs(drain(13)).map(([, sequence]) => sequence)).toEqual([1, 2]);
  });

  it('do not wait for one that nobody will ever execute', () => {
    const many = new Uint8Array(2_000);
    mailbox.push('g', { ...(input(1, 1, SAY) as object), value: many } as ZoneCommand, 10);
    mailbox.push('g', input(1, 2, 9, 0, 1), 10);
    mailbox.skip(input(1, 3, SAY, 0, 2) as Parameters<Mailbox['skip']>[0]);
    mailbox.push('g', input(1, 4, SAY, 0, 3), 10);
    expect(dropped).toEqual(['input too-large', 'input unknown-input']);
    expect(inputs(drain(11))).toEqual([['1', 4, SAY]]);
  });

  it('that found no room leave no gap behind them', () => {
    for (let sequence = 1; sequence <= 258; sequence += 1)
      mailbox.push('g', input(1, sequence, SAY, 20, sequence - 1), 10);
    expect(dropped).toEqual(['input full', 'input gap']);
    expect(inputs(drain(20))).toHaveLength(256);
    for (const sequence of [257, 258]) mailbox.push('g', input(1, sequence, SAY, 0, sequence - 1), 20);
    expect(inputs(drain(21)).map(([, sequence]) => sequence)).toEqual([257, 258]);
  });

  it('of hundreds of players are kept in queues that stay while these play', () => {
    const groups = Array.from({ length: 7 }, (_, group) =>
      Array.from({ length: 100 }, (__, each) => group * 100 + each + 1),
    );
    for (const player of groups.flat()) last.set(playerId(player), 0);
    // Who has no queue is looked up when he speaks.
    const lookedUp = vi.spyOn(last, 'get');
    const speak = (sequence: number): number => {
      let count = 0;
      for (const [index, players] of groups.entries()) {
        lookedUp.mockClear();
        for (const player of players) mailbox.push('gateway-a', input(player, sequence, MOVE as number), 0);
        count += lookedUp.mock.calls.length;
        expect(drain(sequence * groups.length + index)).toHaveLength(100);
      }
      return count;
    };
    expect(speak(1)).toBeGreaterThanOrEqual(700);
    expect(speak(2)).toBe(0);
  });

  it('of players who have gone give up their queues, so that these do not gather', () => {
    for (let player = 1; player <= 300; player += 1) {
      last.set(playerId(player), 0);
      mailbox.push('gateway-a', input(player, 1, MOVE as number), 0);
      drain(player);
      last.delete(playerId(player));
    }
    last.set(playerId(1), 0);
    const lookedUp = vi.spyOn(last, 'get');
    mailbox.push('gateway-a', input(1, 2, MOVE as number), 300);
    expect(lookedUp).toHaveBeenCalled();
  });

  it('of nobody are dropped, of somebody who is joining are kept', () => {
    mailbox.push('g', input(9, 1, SAY), 10);
    expect(dropped).toEqual(['input unknown-player']);
    mailbox.push('g', { kind: 'join', player: playerId(9), name: 'x', character: NONE }, 10);
    mailbox.push('g', input(9, 1, SAY), 10);
    expect(drain(11).map((each) => each.kind)).toEqual(['join', 'input']);
  });

  it('are bounded for each player; a replaced one goes first', () => {
    mailbox.push('g', input(1, 1, MOVE, 20), 10);
    for (let sequence = 2; sequence <= 256; sequence += 1) mailbox.push('g', input(1, sequence, SAY, 20), 10);
    mailbox.push('g', input(1, 257, MOVE, 20), 10);
    mailbox.push('g', input(1, 258, MOVE, 20), 10);
    expect(dropped).toEqual([]);
    mailbox.push('g', input(1, 259, SAY, 20), 10);
    expect(dropped).toEqual(['input full']);
    expect(mailbox.depth).toBe(256);
    expect(inputs(drain(20))).toHaveLength(256);
  });

  it('of a player who leaves and comes back are not those of the stay before', () => {
    for (const sequence of [50, 51]) mailbox.push('g', input(1, sequence, SAY, 20), 10);
    mailbox.push('g', { kind: 'leave', player: playerId(1), reason: 'quit' }, 10);
    mailbox.push('g', { kind: 'join', player: playerId(1), name: 'x', character: NONE }, 10);
    drain(11);
    mailbox.push('g', input(1, 1, SAY), 11);
    expect(inputs([...drain(12), ...drain(20)])).toEqual([['1', 1, SAY]]);
  });

  it('of the ai come last and are bounded', () => {
    const ai = { ...(input(1, 0, SAY) as object), source: 'ai' } as ZoneCommand;
    for (let count = 0; count < 9; count += 1) mailbox.push('ai', ai, 10);
    mailbox.push('g', input(2, 1, SAY), 10);
    expect(dropped).toEqual(['ai full']);
    expect(inputs(drain(11)).map(([player]) => player)).toEqual(['2', ...Array(8).fill('1')]);
  });

  it('lets inputs wait while the zone admits none, and everything else through', () => {
    admits = false;
    mailbox.push('g', input(1, 1, SAY), 10);
    mailbox.push('g', { kind: 'drop', player: playerId(2) }, 10);
    expect(drain(11).map((each) => each.kind)).toEqual(['drop']);
    admits = true;
    expect(drain(12).map((each) => each.kind)).toEqual(['input']);
  });
});

describe('other commands in a mailbox', () => {
  it('are never pushed out by movement', () => {
    const handoff = { kind: 'handoff', from: 'a', handoff: 1, lowWater: 1, bytes: NONE } as const;
    for (let sequence = 1; sequence <= 1_000; sequence += 1)
      mailbox.push('g', input(1, sequence, SAY, 20), 10);
    mailbox.push('g', { kind: 'leave', player: playerId(2), reason: 'quit' }, 10);
    mailbox.push('zone:a', handoff, 10);
    mailbox.push('zone:a', { ...handoff, lowWater: 2 }, 10);
    mailbox.push('zone:a', { kind: 'handoff-receipt', handoff: 7, accepted: true, reason: '' }, 10);
    mailbox.settleEffects(4);
    mailbox.settleEffects(3);
    expect(drain(11)).toEqual([
      { kind: 'leave', player: playerId(2), reason: 'quit', tick: 11 },
      { kind: 'handoff-in', from: 'a', handoff: 1, lowWater: 2, bytes: NONE, tick: 11 },
      { kind: 'handoff-done', handoff: 7, accepted: true, reason: '', tick: 11 },
      { kind: 'effects-settled', upTo: 4, tick: 11 },
    ]);
  });

  it('leave room for leaves when joins flood', () => {
    for (let count = 0; count < 3_000; count += 1) {
      mailbox.push('g', { kind: 'join', player: playerId(count), name: 'x', character: NONE }, 10);
    }
    mailbox.push('g', { kind: 'leave', player: playerId(1), reason: 'quit' }, 10);
    expect(dropped).toHaveLength(3_000 - 2_048);
    expect(mailbox.depth).toBe(2_049);
  });

  it('that make no sense are refused', () => {
    const bad: ZoneCommand[] = [
      { kind: 'drop', player: 'nobody' },
      { kind: 'join', player: playerId(1), name: '', character: NONE },
      { kind: 'handoff', from: 'Not A Zone', handoff: 1, lowWater: 1, bytes: NONE },
      { kind: 'handoff-receipt', handoff: 2 ** 40, accepted: true, reason: '' },
      input(1, 0, SAY),
      input(1, 1, 9),
      { ...(input(1, 1, SAY) as object), value: new Uint8Array(2_000) } as ZoneCommand,
    ];
    for (const each of bad) mailbox.push('g', each, 10);
    expect(dropped).toEqual([
      'control bad-command',
      'control bad-command',
      'handoff bad-command',
      'receipt bad-command',
      'input bad-command',
      'input unknown-input',
      'input too-large',
    ]);
    expect(drain(11)).toEqual([]);
  });

  it('fill a record up to its bound; the rest waits for the next', () => {
    mailbox = make({ maxOperations: 3 });
    for (let sequence = 1; sequence <= 7; sequence += 1) mailbox.push('g', input(1, sequence, SAY), 10);
    expect([drain(11), drain(12), drain(13)].map((each) => each.length)).toEqual([3, 3, 1]);
    mailbox = make({ maxRecordBytes: 100 });
    const character = new Uint8Array(500);
    for (const number of [4, 5])
      mailbox.push('g', { kind: 'join', player: playerId(number), name: 'x', character }, 10);
    expect([drain(14), drain(15)].map((each) => each.length)).toEqual([1, 1]);
  });
});

describe('any flood of inputs', () => {
  it('is executed in ascending sequences, each at most once, and stays within bounds', () => {
    const command = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(MOVE, JUMP, SAY),
      fc.nat(40),
    );
    fc.assert(
      fc.property(fc.array(fc.array(command, { maxLength: 30 }), { maxLength: 12 }), (ticks) => {
        last = new Map([1, 2, 3].map((number) => [playerId(number), 0]));
        mailbox = make();
        for (const [index, commands] of [...ticks, ...Array(60).fill([])].entries()) {
          for (const [player, sequence, kind, target] of commands) {
            mailbox.push('g', input(player, sequence, kind, target), index);
          }
          for (const each of mailbox.drain(index + 1)) {
            if (each.kind !== 'input') continue;
            expect(each.sequence).toBeGreaterThan(last.get(each.player) as number);
            last.set(each.player, each.sequence);
          }
        }
        expect(mailbox.depth).toBe(0);
      }),
    );
  });
});
