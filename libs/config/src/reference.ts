import type { ConfigSections } from './config.ts';
import { settingsOf } from './parse.ts';
import { allowedValues, defaultText } from './setting.ts';

/** The table of docs/configuration.md. */
export function settingsTable(sections: ConfigSections): string {
  const rows = settingsOf(sections).map(({ section, schema, info }) => {
    const name =
      info.flag === undefined ? `\`${info.variable}\`` : `\`${info.variable}\`, \`--${info.flag}\``;
    const fallback = defaultText(schema);
    const shown = fallback === '' ? '' : `\`${fallback}\``;
    return `| ${section} | ${name} | ${info.help} | ${allowedValues(schema)} | ${shown} |`;
  });
  return ['| of | setting | what for | allowed | default |', '|---|---|---|---|---|', ...rows].join('\n');
}
