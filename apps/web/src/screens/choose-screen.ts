import type { Target, World } from '@overworld/client';
import { element } from '../dom.ts';
import { sentenceOf } from '../sentences.ts';

interface Described {
  readonly mark: keyof typeof MARKS;
  readonly title: string;
  readonly about: string;
}

const MARKS = {
  tree: 'M12 2 18 11h-3.4L19 18h-5.6v4h-2.8v-4H5l4.4-7H6z',
  star: 'M12 2.5 14.6 9l6.9.5-5.3 4.5 1.7 6.8L12 17.1l-5.9 3.7 1.7-6.8L2.5 9.5 9.4 9z',
} as const;
const SVG = 'http://www.w3.org/2000/svg';

function markOf(mark: keyof typeof MARKS): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', MARKS[mark]);
  path.setAttribute('fill', 'currentColor');
  svg.append(path);
  return svg;
}

const KNOWN: { readonly [world: string]: Described } = {
  forest: {
    mark: 'tree',
    title: 'Forest',
    about: 'Creatures, coins, and a gate to the next one',
  },
};

function described({ name, title }: World): Described {
  return KNOWN[name] ?? { mark: 'star', title: title ?? name, about: 'A game of this server' };
}

export interface Choices {
  readonly name: string;
  readonly notice: string;
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
    worldList(choices, attempt, (error) => {
      message.textContent = sentenceOf(error);
    }),
    message,
    element('p', { class: 'foot' }, logout),
  );
  return element('section', { class: 'screen', id: 'choose' }, card);
}

type Attempt = (work: () => Promise<void>) => void;

/** The worlds of the server, once they are known; those that are entered by a code have one form together. */
function worldList(choices: Choices, attempt: Attempt, failed: (error: unknown) => void): HTMLElement {
  const list = element('div', { class: 'worlds' });
  const show = (worlds: readonly World[]): void => {
    const open = worlds.filter(({ lobbies }) => lobbies !== true);
    list.append(...open.map((world) => worldButton(world, choices, attempt)));
    if (open.length < worlds.length) list.after(lobbyForm(choices, attempt));
  };
  choices.worlds.then(show).catch(failed);
  return list;
}

function worldButton(world: World, choices: Choices, attempt: Attempt): HTMLElement {
  const { mark, title, about } = described(world);
  const button = element(
    'button',
    { class: 'world', type: 'button', id: `world-${world.name}` },
    element('span', { class: 'mark' }, markOf(mark)),
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
  const open = element('button', { type: 'button', id: 'create-lobby' }, 'Open a lobby');
  open.addEventListener('click', () =>
    attempt(async () => choices.join({ lobby: await choices.createLobby() })),
  );
  const test = element('button', { type: 'button', id: 'lobby-test' }, 'Try lobby TEST');
  test.addEventListener('click', () => attempt(() => choices.join({ lobby: 'TEST' })));
  form.append(element('div', { class: 'also' }, open, test));
  return form;
}
