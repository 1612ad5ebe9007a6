import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SideTable } from './side-table.ts';

describe('SideTable', () => {
  it('behaves like a map with sorted keys', () => {
    const key = fc.string({ minLength: 1, maxLength: 3 });
    const step = fc.oneof(fc.record({ set: key, value: fc.uint8Array() }), fc.record({ delete: key }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const table = new SideTable();
        const model = new Map<string, Uint8Array>();
        for (const what of steps) {
          if ('set' in what) {
            expect(table.set(what.set, what.value)).toBe(true);
            model.set(what.set, what.value);
          } else {
            expect(table.delete(what.delete)).toBe(model.delete(what.delete));
          }
          expect(table.keys()).toEqual([...model.keys()].sort());
          expect(table.size).toBe(model.size);
        }
        for (const [name, value] of model) expect(table.get(name)).toEqual(value);
      }),
    );
  });

  it('keeps a copy of what it was given', () => {
    const table = new SideTable();
    const value = Uint8Array.of(1);
    table.set('a', value);
    value[0] = 2;
    expect(table.get('a')).toEqual(Uint8Array.of(1));
    expect(table.get('b')).toBeUndefined();
  });

  it('refuses what is past its limits', () => {
    const table = new SideTable();
    const nothing = new Uint8Array(0);
    expect(table.set('', nothing)).toBe(false);
    expect(table.set('\ud800', nothing)).toBe(false);
    expect(table.set('é'.repeat(128), nothing)).toBe(false);
    expect(table.set('é'.repeat(127), nothing)).toBe(true);
    expect(table.set('large', new Uint8Array(16_777_217))).toBe(false);
    expect(table.size).toBe(1);
  });
});
