import type { z } from 'zod';
import { readCommandLine } from './command-line.ts';
import type { ConfigOf, ConfigSections } from './config.ts';
import { allowedValues, type SettingInfo, settingInfo } from './setting.ts';

export interface ConfigSources {
  /** The words after the script's name. */
  readonly words: readonly string[];
  readonly environment: { readonly [variable: string]: string | undefined };
  /** Reads a secret's file, where `<variable>_FILE` names one. Throws when it cannot. */
  readonly readFile?: (path: string) => string;
}

export type ConfigOutcome<Sections extends ConfigSections> =
  | { readonly kind: 'config'; readonly config: ConfigOf<Sections> }
  | { readonly kind: 'help' }
  /** One line per problem: which setting, which value, what is allowed. */
  | { readonly kind: 'problems'; readonly lines: readonly string[] };

interface Setting {
  readonly section: string;
  readonly name: string;
  readonly schema: z.ZodType;
  readonly info: SettingInfo;
}

/** Every setting of these sections, in the order of their declaration. */
export function settingsOf(sections: ConfigSections): readonly Setting[] {
  return Object.entries(sections).flatMap(([section, object]) =>
    Object.entries(object.shape).map(([name, schema]) => {
      const info = settingInfo.get(schema as z.ZodType);
      if (info === undefined)
        throw new Error(`the setting ${section}.${name} has no name for the environment`);
      return { section, name, schema: schema as z.ZodType, info };
    }),
  );
}

/**
 * The configuration from the command line, else from the environment, else from the defaults; an empty variable counts
 * as one that is not set. The result is frozen. Never throws on what it reads.
 */
export function parseConfig<Sections extends ConfigSections>(
  sections: Sections,
  sources: ConfigSources,
): ConfigOutcome<Sections> {
  const settings = settingsOf(sections);
  const flags = new Set(settings.flatMap(({ info }) => (info.flag === undefined ? [] : [info.flag])));
  const line = readCommandLine(sources.words, flags);
  if (line.isHelpAsked) return { kind: 'help' };
  const problems = [...line.problems];
  const config: Record<string, Record<string, unknown>> = {};
  for (const setting of settings) {
    const given = lookUp(setting.info, line.values, sources);
    if (given?.problem !== undefined) {
      problems.push(given.problem);
      continue;
    }
    const parsed = setting.schema.safeParse(given?.value);
    if (!parsed.success) problems.push(describe(setting, given));
    config[setting.section] ??= {};
    (config[setting.section] as Record<string, unknown>)[setting.name] = parsed.data;
  }
  if (problems.length > 0) return { kind: 'problems', lines: problems };
  return { kind: 'config', config: freeze(config) as ConfigOf<Sections> };
}

interface Given {
  /** The name under which the value was given. */
  readonly name: string;
  readonly value: string;
  readonly problem?: string;
}

function lookUp(
  info: SettingInfo,
  values: ReadonlyMap<string, string>,
  sources: ConfigSources,
): Given | undefined {
  const word = info.flag === undefined ? undefined : values.get(info.flag);
  if (word !== undefined) return { name: `--${info.flag}`, value: word };
  const value = sources.environment[info.variable];
  if (value !== undefined && value !== '') return { name: info.variable, value };
  return info.isSecret === true ? fromFile(`${info.variable}_FILE`, sources) : undefined;
}

/** Secrets may lie in files, as orchestrators mount them; the line end at their end is not theirs. */
function fromFile(name: string, { environment, readFile }: ConfigSources): Given | undefined {
  const path = environment[name];
  if (path === undefined || path === '' || readFile === undefined) return undefined;
  try {
    return { name, value: readFile(path).replace(/\r?\n$/, '') };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, value: '', problem: `${name} names a file that cannot be read: ${detail}` };
  }
}

function describe(setting: Setting, given: Given | undefined): string {
  const name = given?.name ?? setting.info.variable;
  const value = setting.info.isSecret ? 'not what it should be' : JSON.stringify(given?.value ?? '');
  return `${name} is ${value}: it must be ${allowedValues(setting.schema)}`;
}

function freeze(config: Record<string, Record<string, unknown>>): object {
  for (const section of Object.values(config)) {
    for (const value of Object.values(section)) if (Array.isArray(value)) Object.freeze(value);
    Object.freeze(section);
  }
  return Object.freeze(config);
}
