import type { Blobs } from '@overworld/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export interface BlobsFixture {
  readonly blobs: Blobs;
  close(): Promise<void>;
}

/** What every implementation of the Blobs port keeps. */
export function blobsContract(name: string, open: () => Promise<BlobsFixture>): void {
  describe(`${name} keeps blobs`, () => {
    let blobs: Blobs;
    let fixture: BlobsFixture;
    beforeEach(async () => {
      fixture = await open();
      blobs = fixture.blobs;
    });
    afterEach(() => fixture.close());

    const filled = (sizeBytes: number, seed: number) =>
      Uint8Array.from(
        { length: sizeBytes },
        (_, index) => (Math.imul(index ^ seed, 2_654_435_761) >>> 13) & 255,
      );
    const same = (bytes: Uint8Array | undefined, expected: Uint8Array) =>
      bytes !== undefined && Buffer.compare(bytes, expected) === 0;

    it('[BL1] gives back what was put, of any size', async () => {
      for (const sizeBytes of [0, 1, 1_000, 3_000_000]) {
        const bytes = filled(sizeBytes, sizeBytes);
        await blobs.put(`size/${sizeBytes}`, bytes);
        expect(same(await blobs.get(`size/${sizeBytes}`), bytes)).toBe(true);
      }
    });

    it('[BL2] knows no blob that was not put, and forgets one that was deleted', async () => {
      expect(await blobs.get('a')).toBeUndefined();
      await blobs.delete('a');
      await blobs.put('a', filled(10, 1));
      await blobs.delete('a');
      expect(await blobs.get('a')).toBeUndefined();
    });

    it('[BL3] replaces whole: a reader sees the old bytes or the new ones', async () => {
      const versions = Array.from({ length: 8 }, (_, index) => filled(200_000 + index, index));
      await blobs.put('a', versions[0] as Uint8Array);
      const writes = versions.map((version) => blobs.put('a', version));
      const reads = await Promise.all(Array.from({ length: 8 }, () => blobs.get('a')));
      await Promise.all(writes);
      for (const read of reads) expect(versions.some((version) => same(read, version))).toBe(true);
      expect(same(await blobs.get('a'), versions[7] as Uint8Array)).toBe(true);
    });

    it('[BL4] lists by prefix, which is no pattern, in order', async () => {
      for (const key of ['snapshot/b', 'snapshot/a', 'snapshot_', 'snapshot%'])
        await blobs.put(key, filled(3, 3));
      expect(await blobs.list('snapshot/')).toEqual(['snapshot/a', 'snapshot/b']);
      expect(await blobs.list('snapshot_')).toEqual(['snapshot_']);
      expect(await blobs.list('nothing')).toEqual([]);
      expect(await blobs.list('')).toHaveLength(4);
    });

    it('[BL5] shares no memory with its callers', async () => {
      const bytes = filled(500, 5);
      await blobs.put('a', bytes);
      bytes.fill(0);
      const read = await blobs.get('a');
      expect(same(read, filled(500, 5))).toBe(true);
      read?.fill(1);
      expect(same(await blobs.get('a'), filled(500, 5))).toBe(true);
    });
  });
}
