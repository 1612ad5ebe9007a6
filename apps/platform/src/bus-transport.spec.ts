import 'reflect-metadata';
import { Controller, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LocalBus } from '@overworld/cluster';
import { defineCall, defineNotice, orRefusal } from '@overworld/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BusClient } from './bus-client.ts';
import { BusServer } from './bus-server.ts';
import { Hears, Serves } from './serves.ts';
import { ServiceCaller } from './service-caller.ts';

const double = defineCall('sums.double', z.object({ n: z.int() }), orRefusal(z.object({ n: z.int() })), 200);
const lie = defineCall('sums.lie', z.object({}), z.object({ n: z.int() }), 200);
const slow = defineCall('sums.slow', z.object({}), z.object({}), 50);
const here = defineCall('sums.*.here', z.object({}), z.object({ at: z.string() }), 200);
const nobody = defineCall('none.there', z.object({}), z.object({}), 200);
const shout = defineNotice('sums.shout', z.object({ text: z.string() }));

const heard: string[] = [];

@Controller()
class Sums {
  @Serves(double)
  double({ n }: { n: number }): unknown {
    if (n === 13) return { refused: 'busy', detail: 'not today' };
    if (n === 666) throw new Error('boom');
    return { n: n * 2 };
  }

  @Serves(lie)
  lie(): unknown {
    return { n: 'many' };
  }

  @Serves(slow)
  slow(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 120));
  }

  @Serves(here)
  here(): unknown {
    return { at: 'first' };
  }

  @Hears(shout)
  hear({ text }: { text: string }): void {
    heard.push(text);
  }
}

@Module({ controllers: [Sums] })
class SumsModule {}

describe('control messages over the bus', () => {
  let bus: LocalBus;
  let services: INestApplicationContext[];
  let caller: ServiceCaller;

  async function start(instance: string): Promise<void> {
    const service = await NestFactory.createMicroservice(SumsModule, {
      strategy: new BusServer({ bus, instance }),
      logger: false,
    });
    await service.listen();
    services.push(service);
  }

  beforeEach(async () => {
    heard.length = 0;
    bus = new LocalBus();
    services = [];
    caller = new ServiceCaller(new BusClient(bus));
    await start('first');
  });

  afterEach(async () => {
    for (const service of services) await service.close();
    await bus.close();
  });

  it('answers a call', async () => {
    expect(await caller.call(double, { n: 21 })).toEqual({ n: 42 });
  });

  it('hands a refusal over as it is', async () => {
    expect(await caller.call(double, { n: 13 })).toEqual({ refused: 'busy', detail: 'not today' });
  });

  it('refuses a request that breaks its contract, naming the field', async () => {
    const answer = await caller.call(double, { n: 0.5 });
    expect(answer).toMatchObject({ refused: 'internal', detail: expect.stringContaining('bad-request: n') });
  });

  it('makes a refusal of an exception, of a lie, of silence and of nobody', async () => {
    expect(await caller.call(double, { n: 666 })).toMatchObject({ refused: 'internal' });
    expect(await caller.call(lie, {})).toMatchObject({ refused: 'internal' });
    expect(await caller.call(slow, {})).toMatchObject({ refused: 'busy' });
    expect(await caller.call(nobody, {})).toMatchObject({ refused: 'zone-unavailable' });
  });

  it('reaches the one instance that is meant', async () => {
    expect(await caller.call(here, {}, 'first')).toEqual({ at: 'first' });
    expect(await caller.call(here, {}, 'second')).toMatchObject({ refused: 'zone-unavailable' });
  });

  it('gives a request to one of several instances, and a notice to all', async () => {
    await start('second');
    caller.notify(shout, { text: 'hello' });
    expect(await caller.call(double, { n: 1 })).toEqual({ n: 2 });
    await expect.poll(() => heard).toEqual(['hello', 'hello']);
  });

  it('drops a notice that breaks its contract', async () => {
    caller.notify(shout, { text: 7 as never });
    caller.notify(shout, { text: 'right' });
    await expect.poll(() => heard).toEqual(['right']);
  });
});
