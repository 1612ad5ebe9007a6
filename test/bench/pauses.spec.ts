import { describe, expect, it } from 'vitest';
import { bench, forget, found } from './bench.ts';

describe('the benchmark of pauses', () => {
  it('moves a zone, kills its shard and restarts its gateways while players watch', async () => {
    forget('pauses.json');
    const { code, output } = await bench('pauses', '--smoke');
    expect(code, output).toBe(0);
    const { isSmoke, rows } = found('pauses');
    expect(isSmoke).toBe(true);
    expect(rows).toMatchObject([
      { what: 'nothing happens', events: 1, players: 8 },
      { what: 'zone moved', events: 1, players: 8 },
      { what: 'shard killed', events: 1, players: 8 },
      { what: 'nothing happens, own client', events: 1, players: 4 },
      { what: 'gateways restarted, own client', events: 1, players: 4 },
    ]);
  });
});
