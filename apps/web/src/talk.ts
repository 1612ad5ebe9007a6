/** What a line in the chat box asks for. */
export type Spoken =
  | { readonly kind: 'near'; readonly text: string }
  | { readonly kind: 'world'; readonly text: string }
  | { readonly kind: 'ai'; readonly text: string }
  | { readonly kind: 'who' };

const COMMAND = /^\/(w|ai)\s+(.+)$/is;
const WHO = /^\/who$/i;

/** `/w` talks to the world, `/ai` asks for something in plain words, `/who` asks who is there; the rest is talk nearby. */
export function spoken(line: string): Spoken {
  if (WHO.test(line)) return { kind: 'who' };
  const [, command, text] = COMMAND.exec(line) ?? [];
  if (command === undefined || text === undefined) return { kind: 'near', text: line };
  return { kind: command.toLowerCase() === 'w' ? 'world' : 'ai', text: text.trim() };
}

const MOST_NAMES = 12;

/** Who is in the world, as one line. */
export function whoIsThere(count: number, names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES);
  const others = count - shown.length;
  const list = others > 0 ? [...shown, `${others} more`] : shown;
  return `${count} ${count === 1 ? 'player' : 'players'} in this world: ${list.join(', ')}.`;
}
