import { readFileSync } from 'node:fs';
import type { ConfigSections } from './config.ts';
import { type ConfigOutcome, parseConfig } from './parse.ts';

/** The configuration of a tool whose command line says what to do: its environment alone. */
export function loadEnvironment<Sections extends ConfigSections>(
  sections: Sections,
): ConfigOutcome<Sections> {
  return parseConfig(sections, { words: [], environment: process.env, readFile });
}

/** The configuration of this process: its command line and its environment, read here and nowhere else. */
export function loadConfig<Sections extends ConfigSections>(sections: Sections): ConfigOutcome<Sections> {
  return parseConfig(sections, { words: process.argv.slice(2), environment: process.env, readFile });
}

function readFile(path: string): string {
  return readFileSync(path, 'utf8');
}
