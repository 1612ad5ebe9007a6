import { z } from 'zod';

/** How a setting is called and explained. */
export interface SettingInfo {
  /** The environment variable, `OVERWORLD_...`. */
  readonly variable: string;
  /** The command line option without its dashes, for settings that have one. */
  readonly flag?: string;
  /** What it is for, in one line. */
  readonly help: string;
  /** Its value appears neither in messages nor in listings. */
  readonly isSecret?: boolean;
}

/** The names and explanations that stand beside the schemas. */
export const settingInfo = z.registry<SettingInfo>();

function setting<Schema extends z.ZodType>(info: SettingInfo, schema: Schema): Schema {
  settingInfo.add(schema, info);
  return schema;
}

/** A whole number in a range. */
export function wholeNumber(info: SettingInfo, range: { min: number; max: number; default: number }) {
  const text = z.string().regex(/^-?\d{1,15}$/);
  const number = text.transform(Number).pipe(z.int().min(range.min).max(range.max));
  return setting(info, number.default(range.default));
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  info: SettingInfo,
  words: Words,
  fallback: Words[number],
) {
  return setting(info, z.enum(words).default(fallback as never));
}

/** A text; a `pattern` comes with words that say what it asks for. */
export function text(
  info: SettingInfo,
  options: { default: string; max?: number; pattern?: RegExp; allowed?: string },
) {
  const plain = z.string().max(options.max ?? 1_024);
  const checked = options.pattern === undefined ? plain : plain.regex(options.pattern);
  const described = options.allowed === undefined ? checked : checked.meta({ description: options.allowed });
  return setting(info, described.default(options.default));
}

/** Words between commas. */
export function list(
  info: SettingInfo,
  options: { default: readonly string[]; item: RegExp; allowed: string },
) {
  const words = z.string().transform((value) =>
    value
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean),
  );
  const checked = words
    .pipe(z.array(z.string().regex(options.item)).max(64))
    .meta({ description: options.allowed });
  return setting(info, checked.default([...options.default]));
}

/** What a setting accepts, in words, read from its schema. */
export function allowedValues(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  if (json.description !== undefined) return json.description;
  if (json.enum !== undefined) return `one of ${json.enum.join(', ')}`;
  if (json.type === 'integer') return `a whole number from ${json.minimum} to ${json.maximum}`;
  return `text of at most ${json.maxLength} characters`;
}

/** The value that stands when nobody gives one, as it would be written in the environment. */
export function defaultText(schema: z.ZodType): string {
  const value: unknown = schema.parse(undefined);
  return Array.isArray(value) ? value.join(',') : String(value);
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}
