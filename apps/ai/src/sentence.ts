/** What a sentence asks for, before anyone asked whether the game can do it. */
export type Intention =
  | { readonly kind: 'stop' }
  | { readonly kind: 'follow'; readonly name: string }
  | { readonly kind: 'walk'; readonly direction: string; readonly metres?: number; readonly seconds?: number }
  | { readonly kind: 'go'; readonly place: string }
  | { readonly kind: 'go-to-point'; readonly x: number; readonly y: number };

/** Unit vectors; y grows southwards, as on the map. */
export const DIRECTIONS: { readonly [word: string]: readonly [dx: number, dy: number] } = {
  north: [0, -1],
  south: [0, 1],
  east: [1, 0],
  west: [-1, 0],
  northeast: [Math.SQRT1_2, -Math.SQRT1_2],
  northwest: [-Math.SQRT1_2, -Math.SQRT1_2],
  southeast: [Math.SQRT1_2, Math.SQRT1_2],
  southwest: [-Math.SQRT1_2, Math.SQRT1_2],
};

const SYNONYMS: { readonly [word: string]: string } = {
  up: 'north',
  forward: 'north',
  forwards: 'north',
  down: 'south',
  back: 'south',
  backward: 'south',
  backwards: 'south',
  right: 'east',
  left: 'west',
};

const FILLERS =
  /\b(?:please|now|just|then|can you|could you|would you|a bit|a little|i want to|let us|lets)\b/g;
const STOP =
  /^(?:stop|halt|wait|freeze|stand|stay|stand still|stay here|stop (?:moving|walking|following).*)$/;
const FOLLOW = /^(?:follow|go after|come with|run after|walk after) (?:the )?(?:player )?(.+)$/;
const POINT = /^(?:go|walk|run|move|head|travel) to (-?\d+(?:\.\d+)?)[ ,]+(-?\d+(?:\.\d+)?)$/;
const PLACE = /^(?:go|walk|run|move|head|travel|return) (?:back )?(?:to|towards?|into) (?:the )?(.+)$/;
const VERB = /^(?:go|walk|run|move|head|travel|step)\b/;
const AMOUNT = /(\d+(?:\.\d+)?)\s*(m|metres?|meters?|steps?|paces?|s|secs?|seconds?)?\b/;

function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!?;:"'`]|[.,](?!\d)/g, ' ')
    .replace(/\b(north|south)[ -](east|west)\b/g, '$1$2')
    .replace(FILLERS, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function directionIn(sentence: string): string | undefined {
  for (const word of sentence.split(' ')) {
    const direction = Object.hasOwn(SYNONYMS, word) ? (SYNONYMS[word] as string) : word;
    if (Object.hasOwn(DIRECTIONS, direction)) return direction;
  }
  return undefined;
}

function walk(sentence: string): Intention | undefined {
  const direction = directionIn(sentence);
  const isOrder = VERB.test(sentence) || sentence.split(' ').length <= 3;
  if (direction === undefined || !isOrder) return undefined;
  const [, number, unit = 'm'] = AMOUNT.exec(sentence) ?? [];
  if (number === undefined) return { kind: 'walk', direction };
  const amount = Number(number);
  return unit.startsWith('s') && !unit.startsWith('st')
    ? { kind: 'walk', direction, seconds: amount }
    : { kind: 'walk', direction, metres: amount };
}

/** Understands one English order; undefined for anything else. Takes time linear in the text, which is short. */
export function understand(text: string): Intention | undefined {
  const sentence = normalise(text);
  if (STOP.test(sentence)) return { kind: 'stop' };
  const [, name] = FOLLOW.exec(sentence) ?? [];
  if (name !== undefined) return { kind: 'follow', name };
  const [, x, y] = POINT.exec(sentence) ?? [];
  if (x !== undefined && y !== undefined) return { kind: 'go-to-point', x: Number(x), y: Number(y) };
  const [, place] = PLACE.exec(sentence) ?? [];
  if (place !== undefined && directionIn(place) === undefined) return { kind: 'go', place };
  return walk(sentence);
}
