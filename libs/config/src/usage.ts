import type { ConfigSections } from './config.ts';
import { settingsOf } from './parse.ts';
import { allowedValues, defaultText } from './setting.ts';

/** The text of `--help`, made from the schema: every setting, what it allows, and its default. */
export function usage(sections: ConfigSections, command: string): string {
  const settings = settingsOf(sections);
  const rows = settings.map(({ schema, info }) => {
    const fallback = defaultText(schema);
    return {
      flag: info.flag === undefined ? undefined : `--${info.flag}`,
      variable: info.variable,
      help: `${info.help} (${allowedValues(schema)}; default: ${fallback === '' ? 'none' : fallback})`,
    };
  });
  const options = rows.flatMap(({ flag, help }) =>
    flag === undefined ? [] : [{ name: `${flag} <value>`, help }],
  );
  const variables = rows.map(({ flag, variable, help }) => ({
    name: variable,
    help: flag === undefined ? help : `the same as ${flag}`,
  }));
  return [
    `Usage: ${command} [options]`,
    '',
    'Options:',
    ...table([...options, { name: '--help', help: 'shows this text' }]),
    '',
    'Environment (options win over it):',
    ...table(variables),
    '',
  ].join('\n');
}

function table(rows: readonly { readonly name: string; readonly help: string }[]): readonly string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`);
}
