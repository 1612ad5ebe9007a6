import type { Target, World } from '@overworld/client';
import { element } from '../dom.ts';
import { sentenceOf } from '../sentences.ts';

interface Described {
  readonly mark: string;
  readonly title: string;
  readonly about: string;
}

const KNOWN: { readonly [world: string]: Described } = {
  forest: {
    mark: '🌲',
    title: 'Forest',
    about: 'Wander among creatures, collect coins, pass the gate',
  },
};

function described({ name, title }: World): Described {
  return KNOWN[name] ?? { mark: '✦', title: title ?? name, about: 'A game of this server' };
}

export interface Choices {
  readonly name: string;
  readonly notice: string;
  /** The worlds that are entered without a code. */
  readonly worlds: Promise<readonly World[]>;
  join(target: Target): Promise<void>;
  createLobby(): Promise<string>;
  logout(): void;
}

/** Lets the player choose where to go. */
export function chooseScreen(choices: Choices): HTMLElement {
  const message = element('p', { class: 'notice' }, choices.notice);
  message.setAttribute('role', 'alert');
  const card = element('div', { class: 'card' });
  const attempt = (work: () => Promise<void>): void => {
    message.textContent = '';
    const buttons = [...card.querySelectorAll('button')];
    for (const button of buttons) button.disabled = true;
    work()
      .catch((error: unknown) => {
        message.textContent = sentenceOf(error);
      })
      .finally(() => {
        for (const button of buttons) button.disabled = false;
      });
  };
  const logout = element('button', { class: 'plain', type: 'button' }, 'Not you? Log out');
  logout.addEventListener('click', () => choices.logout());
  card.append(
    element('h2', {}, `Hello, ${choices.name}`),
    element('p', { class: 'lead' }, 'Where do you want to go?'),
    worldList(choices, attempt),
    lobbyForm(choices, attempt),
    message,
    element('p', { class: 'foot' }, element('span', {}, 'Your place is kept for a minute.'), logout),
  );
  return element('section', { class: 'screen', id: 'choose' }, card);
}

type Attempt = (work: () => Promise<void>) => void;

function worldList(choices: Choices, attempt: Attempt): HTMLElement {
  const list = element('div', { class: 'worlds' });
  const show = (worlds: readonly World[]): void => {
    list.replaceChildren(...worlds.map((world) => worldButton(world, choices, attempt)));
  };
  show([{ name: 'forest' }]);
  choices.worlds.then(show, () => undefined);
  return list;
}

function worldButton(world: World, choices: Choices, attempt: Attempt): HTMLElement {
  const { mark, title, about } = described(world);
  const button = element(
    'button',
    { class: 'world', type: 'button', id: `world-${world.name}` },
    element('span', { class: 'mark' }, mark),
    element('span', {}, element('b', {}, title), element('small', {}, about)),
    element('span', { class: 'go' }, '→'),
  );
  button.addEventListener('click', () => attempt(() => choices.join({ world: world.name })));
  return button;
}

function lobbyForm(choices: Choices, attempt: Attempt): HTMLElement {
  const code = element('input', {
    id: 'code',
    maxLength: 12,
    placeholder: 'CODE',
    autocomplete: 'off',
    label: 'Lobby code',
  });
  const form = element(
    'form',
    { class: 'lobbies' },
    element('label', { for: 'code' }, 'Join friends by their lobby code'),
    element(
      'div',
      { class: 'row code' },
      code,
      element('button', { type: 'submit', class: 'primary' }, 'Join'),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const wanted = code.value.trim().toUpperCase();
    if (wanted !== '') attempt(() => choices.join({ lobby: wanted }));
    else code.focus();
  });
  const open = element('button', { type: 'button', id: 'create-lobby' }, 'Open a new lobby');
  open.addEventListener('click', () =>
    attempt(async () => choices.join({ lobby: await choices.createLobby() })),
  );
  const test = element('button', { type: 'button', id: 'lobby-test' }, 'Try the lobby TEST');
  test.addEventListener('click', () => attempt(() => choices.join({ lobby: 'TEST' })));
  form.append(element('div', { class: 'also' }, open, test));
  return form;
}
