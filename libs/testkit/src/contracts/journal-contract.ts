import type { Journal } from '@overworld/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export interface JournalFixture {
  readonly journal: Journal;
  /** Another writer's connection to the same records. */
  readonly other: Journal;
  close(): Promise<void>;
}

const ROUNDS = 200;
const bytes = (...values: number[]) => new Uint8Array(values);

/** What every implementation of the Journal port keeps. */
const APPEND_ATTEMPTS = 3;

export function journalContract(name: string, open: () => Promise<JournalFixture>): void {
  describe(`${name} is a journal`, () => {
    let journal: Journal;
    let other: Journal;
    let fixture: JournalFixture;
    beforeEach(async () => {
      fixture = await open();
      ({ journal, other } = fixture);
    });
    afterEach(() => fixture.close());

    /**
     * As an owner does it: a refusal without a record to show for it is no refusal. Servers that choose another leader answer
     * so, for a moment in which that one has not read all that was acknowledged.
     */
    const append = async (zone: string, expected: number, value: Uint8Array): Promise<number> => {
      for (let attempt = 1; ; attempt++) {
        const outcome = await journal.append(zone, expected, value);
        if (outcome.kind === 'appended') return outcome.sequence;
        const last = (await journal.last(zone))?.sequence ?? 0;
        const isUnfounded = outcome.kind === 'conflict' && last === expected && attempt < APPEND_ATTEMPTS;
        if (!isUnfounded) throw new Error(`the append ended as ${outcome.kind}, behind ${last}`);
      }
    };
    const fill = async (zone: string, count: number): Promise<number[]> => {
      const sequences: number[] = [];
      for (let index = 0; index < count; index++) {
        sequences.push(await append(zone, sequences.at(-1) ?? 0, bytes(index)));
      }
      return sequences;
    };

    it('[JO1] starts empty', async () => {
      expect(await journal.last('a')).toBeUndefined();
      expect(await journal.read('a', 0, 10)).toEqual([]);
      expect(await journal.zones()).toEqual([]);
    });

    it('[JO2] gives back what was appended, in order, to every reader at once', async () => {
      const sequences = await fill('a', 5);
      expect([...sequences].sort((a, b) => a - b)).toEqual(sequences);
      expect(sequences[0]).toBeGreaterThan(0);
      for (const reader of [journal, other]) {
        const records = await reader.read('a', 0, 10);
        expect(records.map(({ sequence }) => sequence)).toEqual(sequences);
        expect(records.map((record) => [...record.bytes])).toEqual([[0], [1], [2], [3], [4]]);
        expect((await reader.last('a'))?.sequence).toBe(sequences[4]);
      }
    });

    it('[JO3] reads above a sequence, at most so many', async () => {
      const [first = 0, second = 0, third = 0, fourth = 0] = await fill('a', 4);
      const read = async (after: number, limit: number) =>
        (await journal.read('a', after, limit)).map((r) => r.sequence);
      expect(await read(first, 2)).toEqual([second, third]);
      expect(await read(third, 10)).toEqual([fourth]);
      expect(await read(fourth, 10)).toEqual([]);
      expect(await read(0, 0)).toEqual([]);
    });

    it('[JO4] refuses an append that expects another end, and writes nothing', async () => {
      const [first = 0, second = 0] = await fill('a', 2);
      for (const expected of [0, first, second + 1]) {
        expect(await journal.append('a', expected, bytes(9))).toEqual({ kind: 'conflict' });
      }
      expect(await journal.append('empty', second, bytes(9))).toEqual({ kind: 'conflict' });
      expect(await journal.read('a', 0, 10)).toHaveLength(2);
      expect(await journal.last('empty')).toBeUndefined();
    });

    it('[JO5] keeps zones apart, under one sequence', async () => {
      const first = await append('a', 0, bytes(1));
      const second = await append('b', 0, bytes(2));
      const third = await append('a', first, bytes(3));
      expect(new Set([first, second, third]).size).toBe(3);
      expect((await journal.read('b', 0, 10)).map((record) => [...record.bytes])).toEqual([[2]]);
      expect([...(await journal.zones())].sort()).toEqual(['a', 'b']);
    });

    it('[JO6] keeps bytes as they are: none, all values, many', async () => {
      const large = Uint8Array.from({ length: 400_000 }, (_, index) => (index * 7) & 255);
      let last = 0;
      for (const value of [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, index) => index), large]) {
        last = await append('a', last, value);
        const record = await journal.last('a');
        expect(Buffer.compare(record?.bytes ?? bytes(1), value)).toBe(0);
      }
    });

    it('[JO7] trims below a sequence, but never the last record, and the fence holds after it', async () => {
      const [, , third = 0, fourth = 0] = await fill('a', 4);
      await fill('b', 2);
      await journal.trim('a', third);
      expect((await journal.read('a', 0, 10)).map(({ sequence }) => sequence)).toEqual([third, fourth]);
      await journal.trim('a', fourth + 1_000);
      expect((await journal.read('a', 0, 10)).map(({ sequence }) => sequence)).toEqual([fourth]);
      expect(await journal.append('a', 0, bytes(9))).toEqual({ kind: 'conflict' });
      expect(await append('a', fourth, bytes(9))).toBeGreaterThan(fourth);
      expect(await journal.read('b', 0, 10)).toHaveLength(2);
      await journal.trim('nowhere', 5);
    });

    it('[JO8] trims many records whole', async () => {
      const sequences = await fill('a', 1_203);
      await journal.trim('a', sequences[1_200] ?? 0);
      expect((await journal.read('a', 0, 10)).map(({ sequence }) => sequence)).toEqual(
        sequences.slice(1_200),
      );
    });

    it('[JO9] takes one of many appends that expect the same end in one turn', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => journal.append('a', 0, bytes(index))),
      );
      expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(19);
      expect(await journal.read('a', 0, 10)).toHaveLength(1);
    });

    it(`[JO10] never acknowledges both of two writers, in ${ROUNDS} rounds`, async () => {
      let last = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const writers = round % 2 === 0 ? [journal, other] : [other, journal];
        const outcomes = await Promise.all(
          writers.map((writer, index) => writer.append('a', last, bytes(round & 255, index))),
        );
        const appended = outcomes.filter((outcome) => outcome.kind === 'appended');
        expect(appended).toHaveLength(1);
        last = (await journal.last('a'))?.sequence ?? 0;
        expect(appended[0]).toEqual({ kind: 'appended', sequence: last });
      }
      expect(await journal.read('a', 0, ROUNDS * 2)).toHaveLength(ROUNDS);
    });
  });
}
