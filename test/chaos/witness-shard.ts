/*
 * Loaded before a shard service of a chaos run (`--import`): every zone that the process opens writes down what it sends to
 * the journal, what it is answered, and what leaves it. With CHAOS_FAULTS set, zones are opened with guarantees switched
 * off, so that a run can prove that the checker sees it; the service itself knows nothing of either.
 */
import { join } from 'node:path';
import { decodeBatch, decodeEffects, subjects } from '@overworld/contracts';
import type { AppendOutcome, Bus, Journal } from '@overworld/ports';
import { ZoneEncoder } from '@overworld/replication/zone';
import type { ZoneRuntime } from '@overworld/ruleset';
import {
  decodeRecord,
  type OutEncoder,
  ZoneActor,
  type ZoneFaults,
  type ZoneObservation,
  type ZoneOptions,
  type ZonePorts,
} from '@overworld/zone';
import { HistoryWriter, type WitnessLine } from './history.ts';
import { recordName } from './record-name.ts';

interface Shown {
  readonly epoch: number;
  readonly tick: number;
  readonly hash: string;
}

const { CHAOS_FOLDER, CHAOS_FAULTS, OVERWORLD_SHARD_ID } = process.env;
const NOTED: ReadonlySet<string> = new Set([
  'fenced',
  'closed',
  'holding',
  'opened',
  'desync',
  'quarantined',
]);

/** Sees what one opening of a zone does. */
class Witness {
  readonly #writer: HistoryWriter<WitnessLine>;
  readonly #zone: string;
  readonly #owner: string;
  readonly #shown = new WeakMap<Uint8Array, Shown>();
  #appends = 0;

  constructor(writer: HistoryWriter<WitnessLine>, zone: string, owner: string) {
    this.#writer = writer;
    this.#zone = zone;
    this.#owner = owner;
  }

  ports(ports: ZonePorts): ZonePorts {
    const observe = (observation: ZoneObservation): void => {
      this.#observed(observation);
      ports.observe?.(observation);
    };
    return { ...ports, observe, journal: this.#journal(ports.journal), bus: this.#bus(ports.bus) };
  }

  encoder(runtime: ZoneRuntime): OutEncoder {
    const encoder = new ZoneEncoder(runtime);
    let last: Shown | undefined;
    return {
      collect: (output) => encoder.collect(output),
      stamp: (message, ageMs) => encoder.stamp(message, ageMs),
      encode: (header, output) => {
        const message = encoder.encode(header, output);
        last = { epoch: header.epoch, tick: header.tick, hash: runtime.hash() };
        this.#shown.set(message, last);
        return message;
      },
      sync: (header) => {
        const message = encoder.sync(header);
        if (last !== undefined) this.#shown.set(message, last);
        return message;
      },
    };
  }

  #write(line: WitnessLine): void {
    this.#writer.write(line);
  }

  #journal(journal: Journal): Journal {
    const append = async (zone: string, expected: number, bytes: Uint8Array): Promise<AppendOutcome> => {
      this.#appends += 1;
      const id = this.#appends;
      const decoded = decodeRecord(bytes);
      const [tick, isFence] = [decoded?.tick ?? 0, decoded?.kind === 'fence'];
      const at = { zone: this.#zone, owner: this.#owner, id };
      this.#write({ kind: 'append', ...at, tick, record: recordName(bytes), isFence });
      const outcome = await journal.append(zone, expected, bytes);
      this.#write({ kind: 'answer', ...at, outcome: outcome.kind });
      return outcome;
    };
    return {
      append,
      read: (...args) => journal.read(...args),
      last: (...args) => journal.last(...args),
      trim: (...args) => journal.trim(...args),
      zones: () => journal.zones(),
    };
  }

  #bus(bus: Bus): Bus {
    return new Proxy(bus, {
      get: (target, name) => {
        if (name === 'publish') {
          return (subject: string, payload: Uint8Array): void => {
            this.#left(subject, payload);
            target.publish(subject, payload);
          };
        }
        if (name === 'request') {
          return (subject: string, payload: Uint8Array, timeoutMs: number) => {
            this.#left(subject, payload);
            return target.request(subject, payload, timeoutMs);
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #left(subject: string, payload: Uint8Array): void {
    const at = { zone: this.#zone, owner: this.#owner };
    const shown = this.#shown.get(payload);
    if (shown !== undefined) this.#write({ kind: 'out', ...at, ...shown });
    else if (subject === subjects.effects) {
      for (const { sequence, tick } of decodeEffects(payload)?.effects ?? []) {
        this.#write({ kind: 'effect', ...at, sequence, tick });
      }
    } else if (subject.endsWith('.in')) this.#crossed(subject, payload);
  }

  #crossed(subject: string, payload: Uint8Array): void {
    const at = { zone: this.#zone, owner: this.#owner };
    const other = subject.split('.')[1] as string;
    for (const command of decodeBatch(payload)?.commands ?? []) {
      if (command.kind === 'handoff')
        this.#write({ kind: 'handoff', ...at, to: other, handoff: command.handoff });
      if (command.kind === 'handoff-receipt') {
        const { handoff, accepted } = command;
        this.#write({ kind: 'receipt', ...at, from: other, handoff, accepted });
      }
    }
  }

  #observed(observation: ZoneObservation): void {
    if (!NOTED.has(observation.kind)) return;
    this.#write({ kind: 'note', zone: this.#zone, owner: this.#owner, detail: JSON.stringify(observation) });
  }
}

function install(folder: string, faults: ZoneFaults): void {
  const writer = new HistoryWriter<WitnessLine>(join(folder, `${OVERWORLD_SHARD_ID}-${process.pid}.jsonl`));
  const open = ZoneActor.open.bind(ZoneActor);
  ZoneActor.open = (spec, ruleset, options: ZoneOptions, ports, prepared) => {
    // Takes over for practice, on ports that lead nowhere.
    if (options.owner === 'rehearsal') return open(spec, ruleset, options, ports);
    const owner = `${options.owner}@${process.pid}`;
    const witness = new Witness(writer, spec.id, owner);
    const encoder = (runtime: ZoneRuntime): OutEncoder => witness.encoder(runtime);
    // What was prepared keeps all guarantees.
    const used = Object.keys(faults).length > 0 ? undefined : prepared;
    return open(spec, ruleset, { ...options, encoder, faults }, witness.ports(ports), used);
  };
}

if (CHAOS_FOLDER !== undefined) install(CHAOS_FOLDER, JSON.parse(CHAOS_FAULTS ?? '{}') as ZoneFaults);
