import { EVENT_NOTES } from '../src/events.ts';
import type { FrameFault } from '../src/frame-reader.ts';
import { FRAME_FLAG, FRAME_TYPE } from '../src/frame-type.ts';
import type { InputFault } from '../src/input-frame.ts';
import { LIMITS } from '../src/limits.ts';
import { REFUSALS } from '../src/refusals.ts';
import { PROTOCOL_VERSION } from '../src/schema.ts';
import { fields, frames, masks, motion } from './frame-vectors.ts';
import { refused } from './refused-vectors.ts';
import { streams } from './stream-vectors.ts';
import { inputs, values } from './value-vectors.ts';

const LIMIT_NOTES: { readonly [L in keyof typeof LIMITS]: string } = {
  maxInputBytes: 'bytes of one input value',
  maxInputsPerFrame: 'inputs in one input frame',
  inputsPerSecond: 'inputs of a player a second, over time',
  inputBurst: 'inputs of a player at once, after a pause',
  maxClientMessageBytes: 'bytes of a message from a client',
  maxFrameBytes: 'bytes of a state frame',
  maxMessageBytes: 'bytes of a message from the server, unless the client announced less for state frames',
  minMessageBytes: 'the least that a client can announce as `maxMessageBytes`',
  maxZonesPerConnection: 'zone indices of a connection',
  maxComponents: 'components of a schema',
  maxFieldsPerComponent: 'fields of a component',
  maxTextBytes: 'bytes of a text field',
  maxListLength: 'elements of a list field',
  maxKinds: 'inputs, and events, of a schema',
  maxValueDepth: 'levels of a value type, the outermost included',
  maxValueFields: 'fields of an object in a value type',
  maxEnumValues: 'values of an enum',
  maxArrayLength: 'elements of an array',
  maxStringBytes: 'bytes of a string in a value',
  maxJsonBytes: 'bytes of JSON text in a value',
  nameMinChars: 'UTF-16 code units of a player name, at least',
  nameMaxChars: 'UTF-16 code units of a player name',
  chatMaxChars: 'UTF-16 code units of a chat line',
  aiTextMaxChars: 'UTF-16 code units of a sentence to `ai`',
  whoMaxNames: 'names in one answer to `who`',
  resumeSeconds: 'seconds that a seat is kept for a lost connection',
  maxTicksAhead: 'ticks that an input can ask for ahead of the zone',
};

const FRAME_FAULT_NOTES: { readonly [F in FrameFault]: string } = {
  'too-large': 'above 65,535 bytes',
  'bad-type': 'the first byte is not 1, or there is none',
  truncated: 'ends early, or a varint or the tick is malformed',
  'unknown-zone': 'no schema for this index',
  'bad-flags': 'a reserved flag is set',
  'bad-count': 'a count is zero',
  'bad-owner': '`own` is neither 0 nor 1',
  'bad-id': 'a netId above 65,535',
  'bad-mask': 'a bit beyond the components, or the zero mask of a run',
  'bad-component': 'does not end within the frame, text or list too long, no UTF-8, not finite',
  trailing: 'bytes behind the end',
};

const INPUT_FAULT_NOTES: { readonly [F in InputFault]: string } = {
  'bad-type': 'the first byte is not 16, or there is none',
  truncated: 'ends early, or a varint is malformed',
  'bad-count': 'no input, or more than 64',
  'bad-order': 'a sequence that is 0, not above the one before, or above 2^32-1; a tick above 2^32-1',
  'too-large': 'a value above 1,024 bytes',
  trailing: 'bytes behind the end',
};

function faultTable(title: string, notes: { readonly [fault: string]: string }): string {
  const rows = Object.entries(notes).map(([fault, note]) => `| \`${fault}\` | ${note} |`);
  return [`| ${title} | |`, '|---|---|', ...rows].join('\n');
}

function refusalTable(): string {
  const rows = Object.entries(REFUSALS).map(
    ([reason, { status, meaning, next, retry }]) =>
      `| \`${reason}\` | ${status} | ${retry ? 'yes' : 'no'} | ${meaning} | ${next} |`,
  );
  return ['| reason | HTTP | retry | meaning | what to do |', '|---|---|---|---|---|', ...rows].join('\n');
}

function limitTable(): string {
  const rows = Object.entries(LIMIT_NOTES).map(
    ([name, note]) => `| \`${name}\` | ${LIMITS[name as keyof typeof LIMITS]} | ${note} |`,
  );
  return ['| limit | value | of |', '|---|---|---|', ...rows].join('\n');
}

function replaceBetween(text: string, mark: string, content: string): string {
  const [begin, end] = [`<!-- ${mark}:begin -->`, `<!-- ${mark}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the standard has no place for ${mark}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

/** The standard with its tables of reasons and limits as the code has them. */
export function standardWithTables(text: string): string {
  const faultTables = [
    faultTable('state frames', FRAME_FAULT_NOTES),
    faultTable('input frames', INPUT_FAULT_NOTES),
  ];
  const faults = faultTables.join('\n\n');
  const tables = { refusals: refusalTable(), faults, limits: limitTable() };
  return Object.entries(tables).reduce(
    (result, [mark, content]) => replaceBetween(result, mark, content),
    text,
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** One case a line: files stay readable, and a change shows as the case that it changes. */
function vectorText({ about, schemas, cases }: ReturnType<typeof frames>): string {
  const schemaLines = Object.entries(schemas ?? {}).map(
    ([name, schema]) => `    ${JSON.stringify(name)}: ${JSON.stringify(schema)}`,
  );
  const caseLines = cases.map((item) => `    ${JSON.stringify(item)}`);
  const schemaPart = schemas === undefined ? '' : `  "schemas": {\n${schemaLines.join(',\n')}\n  },\n`;
  return `{\n  "about": ${JSON.stringify(about)},\n${schemaPart}  "cases": [\n${caseLines.join(',\n')}\n  ]\n}\n`;
}

/** Every generated file, by its path in the library's folder. */
export function generatedFiles(): { readonly [path: string]: string } {
  const faults = { state: FRAME_FAULT_NOTES, input: INPUT_FAULT_NOTES };
  const frameInfo = { types: FRAME_TYPE, flags: FRAME_FLAG, faults };
  return {
    'refusals.json': json({ protocol: PROTOCOL_VERSION, refusals: REFUSALS }),
    'events.json': json({
      protocol: PROTOCOL_VERSION,
      events: EVENT_NOTES,
      frames: frameInfo,
      limits: LIMITS,
    }),
    'vectors/frames.json': vectorText(frames()),
    'vectors/fields.json': vectorText(fields()),
    'vectors/masks.json': vectorText(masks()),
    'vectors/motion.json': vectorText(motion()),
    'vectors/streams.json': vectorText(streams()),
    'vectors/refused.json': vectorText(refused()),
    'vectors/values.json': vectorText(values()),
    'vectors/inputs.json': vectorText(inputs()),
  };
}
