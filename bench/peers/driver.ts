import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Overworld } from '@overworld/client/node';
import { addressOf, type CountingSocketClass, RawPlayer } from './raw-player.ts';

/** What the peers' load generator asks of a client. */
export interface Driven {
  send(sequence: number, direction: number): void;
  close(): void;
  /** Of sampled clients: the entities that it holds. */
  readonly seen?: () => number;
  /** Of the others. */
  readonly ws?: RawPlayer['socket'];
}

export interface DriverOptions {
  readonly port: number;
  readonly index: number;
  /** True: our client, which decodes everything. Otherwise what comes is counted. */
  readonly sampled: boolean;
  /** A state was decoded in which so many inputs are executed. */
  readonly onAck: (sequence: number) => void;
}

const WORLD = 'crowd';

export async function connect(options: DriverOptions): Promise<Driven> {
  return options.sampled ? playWithClient(options) : playRaw(await peersSocket(), options);
}

async function playWithClient({ port, index, onAck }: DriverOptions): Promise<Driven> {
  const game = new Overworld({ url: `http://127.0.0.1:${port}` });
  await game.login(`crowd-${index}`);
  const zone = await game.join({ world: WORLD });
  zone.onAcknowledged(({ sequence }) => onAck(sequence));
  return {
    // Both count from 1: the client's own sequence is the load generator's.
    send: (_sequence, dir) => void zone.input('head', { dir }),
    seen: () => zone.entityCount,
    close: () => game.close(),
  };
}

export async function playRaw(Socket: CountingSocketClass, { port, index }: DriverOptions): Promise<Driven> {
  const player = await RawPlayer.join(Socket, { port, address: addressOf(index) }, `crowd-${index}`, WORLD);
  return {
    ws: player.socket,
    send: (sequence, dir) => player.head(sequence, dir),
    close: () => player.close(),
  };
}

/** The load generator runs in the folder of the peers. */
async function peersSocket(): Promise<CountingSocketClass> {
  const file = pathToFileURL(resolve('lib/wslite.js')).href;
  const { LiteWs } = (await import(file)) as { LiteWs: CountingSocketClass };
  return LiteWs;
}
