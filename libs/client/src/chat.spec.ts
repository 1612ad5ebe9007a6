import { describe, expect, it } from 'vitest';
import { Chat } from './chat.ts';

function chatThat(answers: unknown) {
  const asked: [string, unknown][] = [];
  const chat = new Chat(
    async (name, value) => {
      asked.push([name, value]);
      return answers;
    },
    (error) => {
      throw error;
    },
  );
  return { chat, asked };
}

describe('chat', () => {
  it('[CH1] sends a line, and throws what the server refuses it with', async () => {
    const { chat, asked } = chatThat({ ok: true });
    await chat.send('world', 'hello');
    expect(asked).toEqual([['chat', { to: 'world', text: 'hello' }]]);
    const away = chatThat({ ok: false, reason: 'chat-unavailable', detail: 'away' }).chat;
    await expect(away.send('zone', 'hello')).rejects.toMatchObject({ reason: 'chat-unavailable' });
  });

  it('[CH2] tells lines, presence and notices, and drops what is damaged', () => {
    const { chat } = chatThat({});
    const told: unknown[] = [];
    chat.on('line', (line) => told.push(line));
    chat.on('presence', (presence) => told.push(presence));
    chat.on('notice', (notice) => told.push(notice));
    const line = { from: 'Ada', to: 'world', text: 'hi' };
    expect(chat.event('chat', line)).toBe(true);
    chat.event('chat', { from: 'Ada', to: 'everywhere', text: 'hi' });
    chat.event('chat', null);
    chat.event('presence', { world: 'forest', count: 2, joined: ['Ada', 7], left: 'x' });
    chat.event('presence', { world: 'forest' });
    chat.event('notice', { text: 'soon' });
    chat.event('notice', 'soon');
    expect(chat.event('event', {})).toBe(false);
    const presence = { world: 'forest', count: 2, joined: ['Ada'], left: [] };
    expect(told).toEqual([line, presence, { text: 'soon' }]);
  });

  it('[CH3] asks who is there', async () => {
    const { chat } = chatThat({ ok: true, world: 'forest', count: 3, names: ['Ada', 'Bob'] });
    expect(await chat.who()).toEqual({ world: 'forest', count: 3, names: ['Ada', 'Bob'] });
  });
});
