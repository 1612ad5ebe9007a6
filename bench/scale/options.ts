import { parseArgs } from 'node:util';
import type { ClientStateOptions } from './client-state.ts';
import type { CrowdTimes } from './crowd.ts';
import type { CrowdSetting } from './crowd-server.ts';
import type { EntitiesOptions } from './entities.ts';
import type { FramesOptions } from './frames.ts';
import type { IdleOptions } from './idle.ts';
import type { MessagesOptions } from './messages.ts';
import type { SpectatorOptions } from './spectators.ts';

export const SECTIONS = ['crowd', 'messages', 'idle', 'spectators', 'entities', 'frames', 'clients'] as const;
export type Section = (typeof SECTIONS)[number];

export interface ScaleOptions {
  readonly sections: readonly Section[];
  readonly isSmoke: boolean;
  readonly repetitions: number;
  readonly crowd: readonly CrowdSetting[];
  readonly times: CrowdTimes;
  readonly messages: MessagesOptions;
  readonly idle: IdleOptions;
  readonly spectators: SpectatorOptions;
  readonly entities: EntitiesOptions;
  readonly frames: FramesOptions;
  readonly clients: ClientStateOptions;
}

const MOST_SLEEPING = 1_000_000;
const DEFAULTS = { reps: 2, warmup: 5, measure: 10, sleeping: 100_000, running: 1_000 };

export const USAGE = `Usage: npm run bench -- scale [options]

What zones, players, watchers, entities and sleeping zones cost on this machine. The servers are the real ones, in processes of
their own; the costs are fitted and printed, and everything goes into bench/results/scale.json.

  --only <list>       of ${SECTIONS.join(', ')}; the others keep what was measured before
  --forms <list>      of embedded, cluster: the servers of the crowd (default both)
  --reps <count>      repetitions (default ${DEFAULTS.reps})
  --warmup <s>        before each measurement (default ${DEFAULTS.warmup})
  --measure <s>       of each measurement (default ${DEFAULTS.measure})
  --sleeping <count>  zones that sleep (default ${DEFAULTS.sleeping})
  --running <count>   zones that run without players (default ${DEFAULTS.running})
  --smoke             half a minute that shows that everything works; its figures mean nothing
  --help              this text

  crowd        1, 2, 4 and 8 zones, with as many players in all and with as many in each
  messages     what NATS takes for a message when thousands go through it a second
  idle         zones that sleep, what a player waits who wakes one, and zones that run without players
  spectators   one zone that 1 to 10 gateways show to 500 spectators each
  entities     a tick of one zone with 100 to 5,000 entities
  frames       what a gateway takes for a frame, beside a server that only sends them
  clients      what a gateway remembers of a client

It needs Linux. The machine should have nothing else to do; the whole takes about an hour, most of it for the zones that sleep.
`;

const FLAGS = {
  only: { type: 'string' },
  forms: { type: 'string' },
  reps: { type: 'string' },
  warmup: { type: 'string' },
  measure: { type: 'string' },
  sleeping: { type: 'string' },
  running: { type: 'string' },
  smoke: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = { readonly [name in keyof typeof FLAGS]?: string | boolean | undefined };

/** `help` when that was asked for. Throws with a sentence that names the option, the value and what is allowed. */
export function readOptions(words: readonly string[]): ScaleOptions | 'help' {
  const { values } = parseArgs({ args: [...words], options: FLAGS, strict: true });
  if (values.help === true) return 'help';
  const sections = wordsIn(values, 'only', SECTIONS);
  const forms = wordsIn(values, 'forms', ['embedded', 'cluster'] as const);
  if (values.smoke === true) return smoke(sections, forms);
  const repetitions = wholeIn(values, 'reps', 1, 100);
  const warmupSeconds = wholeIn(values, 'warmup', 1, 600);
  const measureSeconds = wholeIn(values, 'measure', 1, 3600);
  const [zones, running] = [
    wholeIn(values, 'sleeping', 50, MOST_SLEEPING),
    wholeIn(values, 'running', 1, 10_000),
  ];
  if (running > zones) throw new Error(`--running is ${running}, allowed is at most --sleeping, ${zones}`);
  return {
    sections,
    isSmoke: false,
    repetitions,
    crowd: forms.flatMap((form) => CROWDS.map((crowd) => ({ ...GROUND, form, ...crowd }))),
    times: { warmupSeconds, measureSeconds },
    messages: { flows: FLOWS, sizeBytes: 200, repetitions, warmupSeconds: 2, measureSeconds },
    idle: { zones, running, coldJoins: Math.min(200, zones >> 1), measureSeconds, settleSeconds: 1.5 },
    spectators: {
      crowd: { ...GROUND, npcs: 200, players: 66, motion: true },
      players: 50,
      gateways: [1, 2, 5, 10],
      spectatorsPerGateway: 500,
      repetitions,
      warmupSeconds,
      measureSeconds,
    },
    entities: {
      entities: [100, 250, 500, 1000, 1500, 2500, 5000],
      sizeM: 1000,
      tickHz: 20,
      warmupTicks: 300,
      ticks: 2000,
      repetitions,
    },
    frames: {
      crowds: FRAMES.map((one) => ({
        ...WIDE,
        form: 'cluster',
        ...one,
      })),
      repetitions,
      times: { warmupSeconds, measureSeconds },
    },
    clients: {
      crowd: { ...GROUND, npcs: 200, players: 616, motion: true },
      clients: [100, 300, 600],
      settleSeconds: warmupSeconds,
    },
  };
}

const GROUND = { sizeM: 500, sightM: 100, tickHz: 20 } as const;
/** As beside the peers. */
const WIDE = { ...GROUND, sizeM: 1000 } as const;

type Crowd = Pick<CrowdSetting, 'zones' | 'playersPerZone' | 'npcsPerZone' | 'inputTurns'>;

function crowd(zones: number, playersPerZone: number, npcsPerZone = 100, inputTurns = 10): Crowd {
  return { zones, playersPerZone, npcsPerZone, inputTurns };
}

/** The same 160 players over more and more zones, 40 players in each, and what tells entities, players, messages and ticks apart. */
const CROWDS: readonly Crowd[] = [
  crowd(1, 160),
  crowd(2, 80),
  crowd(4, 40),
  crowd(8, 20),
  crowd(1, 40),
  crowd(2, 40),
  crowd(8, 40),
  crowd(1, 40, 1500),
  crowd(1, 160, 0),
  crowd(8, 5, 0),
  crowd(2, 40, 100, 1),
  crowd(8, 20, 100, 1),
  crowd(1, 160, 100, 1),
];

/** Few and many messages, to one process and to ten, as far as one process hears them all beside the server. */
const FLOWS = [
  { perSecond: 500, receivers: 1 },
  { perSecond: 5000, receivers: 1 },
  { perSecond: 20_000, receivers: 1 },
  { perSecond: 2000, receivers: 10 },
  { perSecond: 4000, receivers: 10 },
];

/** Who walk and see a hundred metres, who only watch that, and who watch everything on every tick: few of them, and many. */
const FRAMES = [
  crowd(1, 200, 200),
  crowd(1, 200, 200, 0),
  { ...crowd(1, 200, 200, 0), sightM: 0 },
  { ...crowd(1, 800, 200, 0), sightM: 0 },
];

/** Each section as small as it still does everything that it does. */
function smoke(sections: readonly Section[], forms: readonly CrowdSetting['form'][]): ScaleOptions {
  const small = { ...GROUND, npcs: 20, players: 30, motion: true };
  return {
    sections,
    isSmoke: true,
    repetitions: 1,
    crowd: forms.map((form) => ({ ...GROUND, form, ...crowd(2, 5, 10) })),
    times: { warmupSeconds: 0.5, measureSeconds: 1 },
    messages: {
      flows: [{ perSecond: 500, receivers: 2 }],
      sizeBytes: 200,
      repetitions: 1,
      warmupSeconds: 0.2,
      measureSeconds: 0.5,
    },
    idle: { zones: 30, running: 5, coldJoins: 3, measureSeconds: 0.3, settleSeconds: 0.2 },
    spectators: {
      crowd: small,
      players: 10,
      gateways: [1, 2],
      spectatorsPerGateway: 20,
      repetitions: 1,
      warmupSeconds: 0.3,
      measureSeconds: 0.5,
    },
    entities: { entities: [60], sizeM: 1000, tickHz: 20, warmupTicks: 10, ticks: 20, repetitions: 1 },
    frames: {
      // The crowd of a cluster once more: it is not measured twice.
      crowds: [{ ...GROUND, form: 'cluster', ...crowd(2, 5, 10) }],
      repetitions: 1,
      times: { warmupSeconds: 0.5, measureSeconds: 1 },
    },
    clients: { crowd: small, clients: [3, 8], settleSeconds: 0.5 },
  };
}

function wordsIn<Word extends string>(
  values: Values,
  name: 'only' | 'forms',
  allowed: readonly Word[],
): readonly Word[] {
  const text = values[name];
  if (text === undefined) return allowed;
  const named = String(text).split(',');
  const unknown = named.find((word) => !allowed.includes(word as Word));
  if (unknown !== undefined)
    throw new Error(`--${name} names "${unknown}", allowed are ${allowed.join(', ')} between commas`);
  return allowed.filter((word) => named.includes(word));
}

function wholeIn(values: Values, name: keyof typeof DEFAULTS, low: number, high: number): number {
  const text = values[name];
  const value = text === undefined ? DEFAULTS[name] : Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`--${name} is "${text}", allowed are whole numbers from ${low} to ${high}`);
}
