import { isDeepStrictEqual } from 'node:util';
import { freePort } from '@overworld/cluster-runner';
import { Child } from './child.ts';
import { type CrowdRow, type CrowdTimes, measureCrowd, pause } from './crowd.ts';
import type { CrowdSetting } from './crowd-server.ts';
import type { PlainLoadSetting } from './plain-load.ts';
import type { PlainServerSetting, PlainUse } from './plain-server.ts';

export interface FramesOptions {
  readonly crowds: readonly CrowdSetting[];
  readonly repetitions: number;
  readonly times: CrowdTimes;
}

/** What the process of one gateway takes for a frame, beside a server that does nothing but send them. */
export interface FramesRow {
  readonly repetition: number;
  readonly players: number;
  readonly speaks: boolean;
  /** They see the whole zone, on every tick. */
  readonly seesAll: boolean;
  readonly framesPerSecond: number;
  readonly bytesPerFrame: number;
  readonly gatewayUsPerFrame: number;
  /** Of a `ws` server that sends as many of the same size, to as many connections, at the same pace. */
  readonly wsUsPerFrame: number;
}

async function measurePlain(
  setting: Omit<PlainServerSetting, 'port'>,
  { warmupSeconds, measureSeconds }: CrowdTimes,
): Promise<number> {
  const port = await freePort('127.0.0.1');
  const server = await Child.start('plain-server.ts', { ...setting, port } satisfies PlainServerSetting);
  try {
    const connections = { port, connections: setting.connections } satisfies PlainLoadSetting;
    const load = await Child.start('plain-load.ts', connections);
    try {
      await pause(warmupSeconds);
      await server.ask('use');
      await pause(measureSeconds);
      const { cpuUs, frames } = await server.ask<PlainUse>('use');
      return cpuUs / frames;
    } finally {
      await load.stop();
    }
  } finally {
    await server.stop();
  }
}

async function measureOne(
  crowd: CrowdSetting,
  repetition: number,
  times: CrowdTimes,
  measured: readonly CrowdRow[],
): Promise<FramesRow> {
  const known = measured.find(({ setting }) => isDeepStrictEqual(setting, crowd));
  const row = known ?? (await measureCrowd(crowd, repetition, times));
  const connections = crowd.zones * crowd.playersPerZone;
  const framesPerSecond = row.framesPerClientSecond * connections;
  const bytesPerFrame = row.bytesPerClientSecond / row.framesPerClientSecond;
  const plain = { connections, hz: row.framesPerClientSecond, bytes: Math.round(bytesPerFrame) };
  return {
    repetition,
    players: connections,
    speaks: crowd.inputTurns > 0,
    seesAll: crowd.sightM === 0,
    framesPerSecond,
    bytesPerFrame,
    gatewayUsPerFrame: (row.parts.gateway?.cpuUsPerSecond ?? Number.NaN) / framesPerSecond,
    wsUsPerFrame: await measurePlain(plain, times),
  };
}

/** Our gateway and the plain server in turns; what was `measured` just now is not measured again. */
export async function measureFrames(
  { crowds, repetitions, times }: FramesOptions,
  measured: readonly CrowdRow[],
): Promise<FramesRow[]> {
  const rows: FramesRow[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const crowd of crowds) {
      const what = `${crowd.inputTurns > 0 ? 'walk' : 'watch'}${crowd.sightM === 0 ? ' everything' : ''}`;
      process.stdout.write(`  ${crowd.playersPerZone} players who ${what}\n`);
      rows.push(await measureOne(crowd, repetition, times, measured));
    }
  }
  return rows;
}
