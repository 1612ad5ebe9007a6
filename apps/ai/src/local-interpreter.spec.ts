import type { AnyRuleset } from '@overworld/ruleset';
import { forest } from '@overworld/ruleset-forest';
import { lobby } from '@overworld/ruleset-lobby';
import { describe, expect, it } from 'vitest';
import { LocalInterpreter } from './local-interpreter.ts';
import { understand } from './sentence.ts';

const rulesets = new Map<string, AnyRuleset>();
for (const ruleset of [forest, lobby] as AnyRuleset[]) rulesets.set(ruleset.name, ruleset);
const interpreter = new LocalInterpreter(rulesets);

function interpret(text: string, ruleset = 'forest') {
  const sight = {
    x: 100,
    y: 100,
    others: [{ name: 'Bob', x: 110, y: 100 }],
    places: [{ name: 'gate', x: 130, y: 140 }],
  };
  return interpreter.interpret({ player: '00000000000000a1', zone: 'z', ruleset, text, sight });
}

describe('understand', () => {
  it.each([
    ['stop', { kind: 'stop' }],
    ['Please stop!', { kind: 'stop' }],
    ['stop following Bob', { kind: 'stop' }],
    ['walk north', { kind: 'walk', direction: 'north' }],
    ['go left', { kind: 'walk', direction: 'west' }],
    ['move north east 2.5 m', { kind: 'walk', direction: 'northeast', metres: 2.5 }],
    ['walk 10 metres east', { kind: 'walk', direction: 'east', metres: 10 }],
    ['run south for 3 seconds.', { kind: 'walk', direction: 'south', seconds: 3 }],
    ['walk 4 steps up', { kind: 'walk', direction: 'north', metres: 4 }],
    ['go to the west', { kind: 'walk', direction: 'west' }],
    ['go to the gate', { kind: 'go', place: 'gate' }],
    ['walk to 12.5, 40', { kind: 'go-to-point', x: 12.5, y: 40 }],
    ['follow Bob, please', { kind: 'follow', name: 'bob' }],
  ])('[AI1] %s', (text, intention) => {
    expect(understand(text)).toEqual(intention);
  });

  it.each([
    '',
    'hello',
    'what is north of here and why does it matter',
    '🐸',
    'followed',
    'constructor',
    '__proto__',
  ])('[AI2] does not pretend to understand: %s', (text) => {
    expect(understand(text)).toBeUndefined();
  });
});

describe('local interpreter', () => {
  it('[AI3] answers with inputs that the ruleset accepts', async () => {
    expect(await interpret('walk north')).toEqual({
      said: 'Walking north.',
      inputs: [{ name: 'move', value: { dx: 0, dy: -100 }, afterMs: 0 }],
    });
    expect(await interpret('walk 10 metres east')).toMatchObject({
      inputs: [{ name: 'go', value: { x: 110, y: 100 } }],
    });
    expect(await interpret('go to the gate')).toMatchObject({
      inputs: [{ name: 'go', value: { x: 130, y: 140 } }],
    });
    expect(await interpret('follow BOB')).toMatchObject({
      inputs: [{ name: 'follow', value: { name: 'Bob' } }],
    });
    expect(await interpret('stop')).toMatchObject({ inputs: [{ name: 'move', value: { dx: 0, dy: 0 } }] });
  });

  it('[AI4] makes do with what a ruleset has: a walk for a while where there is no way to name a place', async () => {
    expect(await interpret('follow Bob', 'lobby')).toEqual({
      said: 'Going to where Bob is.',
      inputs: [
        { name: 'move', value: { dx: 100, dy: 0 }, afterMs: 0 },
        { name: 'move', value: { dx: 0, dy: 0 }, afterMs: 2500 },
      ],
    });
  });

  it('[AI5] refuses what it does not know with what would work', async () => {
    expect(await interpret('sing a song')).toMatchObject({ refused: 'not-understood' });
    expect(await interpret('follow Eve')).toEqual({
      refused: 'not-understood',
      detail: 'Nobody called eve is in sight.',
    });
    expect(await interpret('go to the moon')).toMatchObject({ refused: 'not-understood' });
    expect(await interpret('go to 99999 5')).toMatchObject({ said: 'Going there.' });
    expect(await interpret('walk north', 'chess')).toMatchObject({ refused: 'not-understood' });
  });
});
