import type { Lease, Leases } from '@overworld/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export interface LeasesFixture {
  readonly leases: Leases;
  close(): Promise<void>;
}

const bytes = (...values: number[]) => new Uint8Array(values);

/** What every implementation of the Leases port keeps. */
export function leasesContract(name: string, open: () => Promise<LeasesFixture>): void {
  describe(`${name} holds leases`, () => {
    let leases: Leases;
    let fixture: LeasesFixture;
    beforeEach(async () => {
      fixture = await open();
      leases = fixture.leases;
    });
    afterEach(() => fixture.close());

    const create = async (key: string, value = bytes(1)): Promise<number> => {
      const outcome = await leases.create(key, value);
      if (outcome.kind !== 'held') throw new Error(`the creation ended as ${outcome.kind}`);
      return outcome.revision;
    };

    it('[LE1] creates a key once', async () => {
      expect(await leases.get('shards/a')).toBeUndefined();
      const revision = await create('shards/a', bytes(7));
      expect(await leases.create('shards/a', bytes(8))).toEqual({ kind: 'conflict' });
      expect(await leases.get('shards/a')).toMatchObject({ key: 'shards/a', revision });
      expect([...((await leases.get('shards/a'))?.value ?? [])]).toEqual([7]);
    });

    it('[LE2] of many who create the same key, one holds it', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => leases.create('k', bytes(index))),
      );
      expect(outcomes.filter(({ kind }) => kind === 'held')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(19);
    });

    it('[LE3] writes at the expected revision alone', async () => {
      const first = await create('k');
      const second = await leases.update('k', bytes(2), first);
      expect(second.kind).toBe('held');
      expect(await leases.update('k', bytes(3), first)).toEqual({ kind: 'conflict' });
      expect(await leases.update('none', bytes(3), first)).toEqual({ kind: 'conflict' });
      const held = await leases.get('k');
      expect(held?.revision).toBeGreaterThan(first);
      expect([...(held?.value ?? [])]).toEqual([2]);
    });

    it('[LE4] deletes at the expected revision alone, and a key that comes back has a higher one', async () => {
      const first = await create('k');
      expect(await leases.delete('k', first + 1)).toEqual({ kind: 'conflict' });
      expect((await leases.delete('k', first)).kind).toBe('held');
      expect(await leases.get('k')).toBeUndefined();
      expect(await leases.delete('k', first)).toEqual({ kind: 'conflict' });
      expect(await create('k')).toBeGreaterThan(first);
      expect(await leases.update('k', bytes(9), first)).toEqual({ kind: 'conflict' });
    });

    it('[LE5] loses no change of many who compare and set', async () => {
      await create('count', bytes(0));
      const increment = async () => {
        for (;;) {
          const lease = (await leases.get('count')) as Lease;
          const outcome = await leases.update('count', bytes((lease.value[0] ?? 0) + 1), lease.revision);
          if (outcome.kind === 'held') return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, increment));
      expect((await leases.get('count'))?.value[0]).toBe(10);
    });

    it('[LE6] lists by prefix, which is no pattern', async () => {
      for (const key of ['zones/b', 'zones/a', 'zones_a', 'zones%', 'shards/a']) await create(key);
      const keys = async (prefix: string) => (await leases.list(prefix)).map(({ key }) => key).sort();
      expect(await keys('zones/')).toEqual(['zones/a', 'zones/b']);
      expect(await keys('zones_')).toEqual(['zones_a']);
      expect(await keys('zones%')).toEqual(['zones%']);
      expect(await keys('nothing')).toEqual([]);
      expect(await keys('')).toHaveLength(5);
    });

    it('[LE8] lists page by page in the order of the keys, deleted ones left out', async () => {
      for (const name of ['d', 'a', 'c', 'gone', 'b', 'e']) await create(`zones/${name}`);
      await create('shards/z');
      await leases.delete('zones/gone', (await leases.get('zones/gone'))?.revision ?? 0);
      const page = async (after: string, limit: number) =>
        (await leases.list('zones/', { after, limit })).map(({ key }) => key.slice('zones/'.length));
      expect(await page('', 2)).toEqual(['a', 'b']);
      expect(await page('zones/b', 2)).toEqual(['c', 'd']);
      expect(await page('zones/d', 2)).toEqual(['e']);
      expect(await page('zones/bb', 9)).toEqual(['c', 'd', 'e']);
      expect(await page('zones/e', 2)).toEqual([]);
    });

    it('[LE7] tells a watcher what is there, then what changes, until it stops', async () => {
      const present = await create('w/1');
      const told: [string, number | undefined][] = [];
      const stop = leases.watch('w/', (key, lease) => void told.push([key, lease?.revision]));
      expect(told).toEqual([]);
      await expect.poll(() => told).toEqual([['w/1', present]]);
      const second = await create('w/2');
      const third = await leases.update('w/1', bytes(5), present);
      const revision = third.kind === 'held' ? third.revision : 0;
      const updated = [
        ['w/1', present],
        ['w/2', second],
        ['w/1', revision],
      ];
      await expect.poll(() => told).toEqual(updated);
      await leases.delete('w/1', revision);
      await create('x/1');
      await expect.poll(() => told).toEqual([...updated, ['w/1', undefined]]);
      stop();
      await create('w/3');
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(told).toHaveLength(4);
    });

    it('[LE9] tells a watcher the last of many quick changes to a key, whatever it leaves out', async () => {
      const told: number[] = [];
      let revision = await create('w/1');
      const stop = leases.watch('w/', (_, lease) => void told.push(lease?.revision ?? -1));
      for (let count = 0; count < 20; count += 1) {
        const outcome = await leases.update('w/1', bytes(count), revision);
        revision = outcome.kind === 'held' ? outcome.revision : -1;
      }
      await expect.poll(() => told.at(-1)).toBe(revision);
      expect(told).toEqual([...told].sort((left, right) => left - right));
      stop();
    });
  });
}
