const LEVELS: { readonly [level: number]: string } = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};
const COLOURS: { readonly [level: number]: string } = { 40: '33', 50: '31', 60: '31' };
const HIDDEN = new Set(['level', 'time', 'msg', 'service', 'err', 'pid', 'hostname']);

/** One line for people out of one line of JSON: time, level, service, message, then what else it says. */
export function prettyLine(json: string, options: { readonly colour: boolean }): string {
  const entry = parse(json);
  if (entry === undefined) return json;
  const level = Number(entry.level);
  const time = new Date(Number(entry.time)).toISOString().slice(11, 23);
  const rest = Object.entries(entry)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const words = [
    time,
    (LEVELS[level] ?? String(level)).padEnd(5),
    entry.service,
    entry.msg,
    ...rest,
    failure(entry),
  ];
  const line = words
    .filter((word) => word !== undefined && word !== '')
    .join(' ')
    .replaceAll(/[\r\n]+/g, ' ⏎ ');
  const colour = COLOURS[level];
  return options.colour && colour !== undefined ? `\u001b[${colour}m${line}\u001b[0m\n` : `${line}\n`;
}

function failure(entry: Record<string, unknown>): string {
  const error = entry.err as { readonly stack?: string; readonly message?: string } | undefined;
  return error?.stack ?? error?.message ?? '';
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
