import { type ByteWriter, parseHex64 } from '@overworld/kernel';
import type { StepEvent } from '@overworld/ruleset';
import { EventTo, type EventToKind, MAX_EVENT_BYTES } from '../wire/out-message.ts';

const MAX_EVENTS = 4096;

interface OutEvent {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly to: EventToKind;
  readonly player: string;
  readonly x: number;
  readonly y: number;
}

/** How the hearers of an event are found at the end of the step that emitted it. */
export interface EventPlaces {
  /** The id of the player on a row, '' when nobody is there. */
  playerOf(row: number): string;
  /** Finds the place of an entity: fills x and y. `everywhere`: it has none and everybody sees it. */
  place(row: number): 'here' | 'everywhere' | 'unknown';
  readonly x: number;
  readonly y: number;
}

/** Events of the steps since the last message, their hearers resolved. Bounded: past 4,096 the newest are dropped. */
export class EventOutbox {
  readonly #places: EventPlaces;
  readonly #events: OutEvent[] = [];
  #dropped = 0;

  constructor(places: EventPlaces) {
    this.#places = places;
  }

  /** Events that nobody will hear: too many, too large, or their hearer was gone. */
  get dropped(): number {
    return this.#dropped;
  }

  collect(events: readonly StepEvent[]): void {
    for (let index = 0; index < events.length; index++) this.#add(events[index] as StepEvent);
  }

  #add(event: StepEvent): void {
    if (this.#events.length >= MAX_EVENTS || event.bytes.length > MAX_EVENT_BYTES) this.#dropped++;
    else if (event.to === 'all') this.#push(event, EventTo.everybody, '');
    else if ('player' in event.to) this.#addForPlayer(event, this.#places.playerOf(event.to.player));
    else this.#addNear(event, event.to.near);
  }

  #addForPlayer(event: StepEvent, player: string): void {
    if (player === '') this.#dropped++;
    else this.#push(event, EventTo.player, player);
  }

  #addNear(event: StepEvent, row: number): void {
    const place = this.#places.place(row);
    if (place === 'unknown') this.#dropped++;
    else this.#push(event, place === 'here' ? EventTo.near : EventTo.everybody, '');
  }

  #push(event: StepEvent, to: EventToKind, player: string): void {
    const { x, y } = this.#places;
    this.#events.push({ kind: event.kind, bytes: event.bytes, to, player, x, y });
  }

  /** Writes the events and forgets them. */
  write(writer: ByteWriter): void {
    writer.varint(this.#events.length);
    for (const event of this.#events) {
      writer.varint(event.kind);
      writer.u8(event.to);
      if (event.to === EventTo.player) {
        const id = parseHex64(event.player) ?? { lo: 0, hi: 0 };
        writer.u32(id.lo);
        writer.u32(id.hi);
      } else if (event.to === EventTo.near) {
        writer.f32(event.x);
        writer.f32(event.y);
      }
      writer.blob(event.bytes);
    }
    this.#events.length = 0;
  }
}
