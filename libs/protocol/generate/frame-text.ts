/*
 * Frames as plain objects, for vectors: written with FrameWriter, read back with readFrame.
 */

import { ByteWriter, hex64, parseHex64 } from '@overworld/kernel';
import { type ComponentValues, readComponent, toWire } from '../src/component.ts';
import { type FrameSink, readFrame } from '../src/frame-reader.ts';
import { FrameWriter } from '../src/frame-writer.ts';
import { NUMBER_SIZE_BYTES, type NumberType, writeNumber } from '../src/number-type.ts';
import type { WireComponent, WireField, WireSchema } from '../src/schema.ts';

export type EntityValues = { readonly [component: string]: ComponentValues };

export interface EnterText {
  readonly netId: number;
  readonly id: string;
  readonly own: boolean;
  readonly components: EntityValues;
}

export interface UpdateText {
  readonly netId: number;
  readonly components: EntityValues;
}

export interface FrameText {
  readonly zoneIndex: number;
  readonly epoch: number;
  readonly tick: number;
  readonly ack: number | null;
  readonly keyframe: boolean;
  readonly leaves: readonly number[];
  readonly enters: readonly EnterText[];
  readonly updates: readonly UpdateText[];
}

function writeWire(writer: ByteWriter, field: WireField, type: NumberType, value: number): void {
  const bytes = new Uint8Array(NUMBER_SIZE_BYTES[type]);
  writeNumber(type, bytes, 0, toWire(field, value));
  writer.bytes(bytes);
}

export function encodeComponent(component: WireComponent, values: ComponentValues): Uint8Array {
  const writer = new ByteWriter();
  for (const field of component.fields) {
    const value = values[field.name];
    if (field.type === 'text') writer.text(String(value));
    else if (field.type === 'list') {
      const list = value as number[];
      writer.varint(list.length);
      for (const element of list) writeWire(writer, field, field.of as NumberType, element);
    } else writeWire(writer, field, field.type, value as number);
  }
  return writer.finish();
}

function encodeAll(
  schema: WireSchema,
  entity: EntityValues,
): { mask: number; parts: Uint8Array[]; sizeBytes: number } {
  const shown = schema.components.filter(({ name }) => name in entity);
  const parts = shown.map((component) =>
    encodeComponent(component, entity[component.name] as ComponentValues),
  );
  const mask = shown.reduce((bits, { bit }) => (bits | (1 << bit)) >>> 0, 0);
  return { mask, parts, sizeBytes: parts.reduce((sum, part) => sum + part.length, 0) };
}

function mustFit(fits: boolean): void {
  if (!fits) throw new Error('a vector fits into one frame');
}

function writeParts(writer: FrameWriter, parts: readonly Uint8Array[]): void {
  for (const part of parts) writer.component(part, 0, part.length);
}

/** Updates in the given order; those in a row that have the same components make a run. */
export function encodeFrame(schema: WireSchema, frame: Partial<FrameText>): Uint8Array {
  const { zoneIndex = 0, epoch = 1, tick = 0, ack = null, keyframe = false } = frame;
  const writer = new FrameWriter(65_535);
  writer.begin({ zoneIndex, epoch, tick, ack: ack ?? -1, keyframe, maskBytes: schema.maskBytes });
  for (const netId of frame.leaves ?? []) mustFit(writer.leave(netId));
  for (const { netId, id, own, components } of frame.enters ?? []) {
    const { lo, hi } = parseHex64(id) as { lo: number; hi: number };
    const { mask, parts, sizeBytes } = encodeAll(schema, components);
    mustFit(writer.enter(netId, lo, hi, own, mask, sizeBytes));
    writeParts(writer, parts);
  }
  let runMask = 0;
  for (const { netId, components } of frame.updates ?? []) {
    const { mask, parts, sizeBytes } = encodeAll(schema, components);
    if (mask !== runMask) writer.run(mask);
    runMask = mask;
    mustFit(writer.record(netId, sizeBytes));
    writeParts(writer, parts);
  }
  return writer.finish();
}

/** Collects a frame as an object. */
class FrameCollector implements FrameSink {
  frame: FrameText | undefined;
  readonly #leaves: number[] = [];
  readonly #enters: EnterText[] = [];
  readonly #updates: UpdateText[] = [];
  #components: { [component: string]: ComponentValues } = {};

  begin({ zoneIndex, epoch, tick, ack, keyframe }: Parameters<FrameSink['begin']>[0]): void {
    const parts = { leaves: this.#leaves, enters: this.#enters, updates: this.#updates };
    this.frame = { zoneIndex, epoch, tick, ack: ack < 0 ? null : ack, keyframe, ...parts };
  }

  leave(netId: number): void {
    this.#leaves.push(netId);
  }

  enter(netId: number, idLo: number, idHi: number, own: boolean): void {
    this.#components = {};
    this.#enters.push({ netId, id: hex64(idLo, idHi), own, components: this.#components });
  }

  update(netId: number): void {
    this.#components = {};
    this.#updates.push({ netId, components: this.#components });
  }

  component(component: WireComponent, bytes: Uint8Array, offset: number): void {
    const values: ComponentValues = {};
    readComponent(component, bytes, offset, values);
    this.#components[component.name] = values;
  }

  end(): void {}
}

export function decodeFrame(schema: WireSchema, bytes: Uint8Array): FrameText {
  const collector = new FrameCollector();
  const outcome = readFrame(bytes, () => schema, collector);
  if (!outcome.ok || collector.frame === undefined) throw new Error(JSON.stringify(outcome));
  return collector.frame;
}
