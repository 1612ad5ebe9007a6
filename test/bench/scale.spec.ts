import { describe, expect, it } from 'vitest';
import { bench, forget, found, textOf } from './bench.ts';

describe('the scale benchmark', () => {
  it('measures every section, and fits the costs', async () => {
    forget('scale.json', 'crowd.json', 'charts');
    const { code, output } = await bench('scale', '--smoke');
    expect(code, output).toBe(0);
    const { isSmoke, crowd, model, idle, spectators, entities, frames, clients } = found('scale');
    expect(isSmoke).toBe(true);
    expect(crowd).toMatchObject([{ setting: { form: 'embedded' } }, { setting: { form: 'cluster' } }]);
    expect(model).toMatchObject({ gateway: { terms: {} }, shard: { terms: {} }, nats: { terms: {} } });
    expect(idle).toMatchObject({ zones: 30, running: 5 });
    expect(spectators).toMatchObject([{ gateways: 1 }, { gateways: 2 }]);
    expect(entities).toMatchObject([{ entities: 60 }]);
    expect(frames).toMatchObject([{ players: 10, gatewayUsPerFrame: expect.any(Number) }]);
    expect(clients).toMatchObject([{ clients: 8 }]);
  });

  it('gives the charts their results, and the charts name what is missing', async () => {
    const { code, output } = await bench('charts', '--smoke');
    expect(code, output).toBe(0);
    expect(output).toContain('scale-zones.svg');
    expect(output).toContain('crowd.json is missing: npm run bench -- --peers <folder> makes it.');
    const picture = textOf('charts/scale-entities.svg');
    expect(picture).toContain('prefers-color-scheme: dark');
  });

  it('gives the capacity formula its costs', async () => {
    const { code, output } = await bench('capacity', '--smoke');
    expect(code, output).toBe(0);
    expect(output).toContain('| gateway pods |');
  });
});
