import { element } from '../dom.ts';

const FADE_AFTER_MS = 9_000;
const MAX_LINES = 40;
const MAX_TEXT = 200;
const INVITATION = matchMedia('(pointer: coarse)').matches ? 'Tap here to talk …' : 'Press Enter to talk …';

/** Lines of talk and the box to talk with: Enter opens it, Enter sends, Escape leaves it. */
export class Chat {
  readonly root: HTMLElement;
  readonly #list = element('ol', { id: 'chat-lines' });
  readonly #input: HTMLInputElement;
  readonly #send: (text: string) => void;

  constructor(send: (text: string) => void) {
    this.#send = send;
    this.#input = element('input', {
      id: 'chat-input',
      maxLength: MAX_TEXT,
      autocomplete: 'off',
      placeholder: INVITATION,
      label: 'Say something',
    });
    this.#list.setAttribute('aria-live', 'polite');
    this.root = element('div', { class: 'chat' }, this.#list, this.#input);
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#input.addEventListener('focus', () => this.#opened(true));
    this.#input.addEventListener('blur', () => this.#opened(false));
  }

  focus(): void {
    this.#input.focus();
  }

  said(name: string, text: string): void {
    this.#add(element('li', {}, element('b', {}, name), ` ${text}`));
  }

  /** Said to more than those who are near: the tag says to whom. */
  saidTo(tag: string, name: string, text: string): void {
    const to = element('i', { class: 'tag' }, tag);
    this.#add(element('li', {}, to, ' ', element('b', {}, name), ` ${text}`));
  }

  note(text: string): void {
    this.#add(element('li', { class: 'note' }, text));
  }

  #opened(open: boolean): void {
    this.root.classList.toggle('open', open);
    this.#input.placeholder = open ? 'Say something, /w to the whole world, or /ai walk north' : INVITATION;
  }

  #key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') this.#input.blur();
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    const text = this.#input.value.trim();
    this.#input.value = '';
    this.#input.blur();
    if (text !== '') this.#send(text);
  }

  #add(line: HTMLElement): void {
    this.#list.append(line);
    while (this.#list.childElementCount > MAX_LINES) this.#list.firstElementChild?.remove();
    setTimeout(() => line.classList.add('old'), FADE_AFTER_MS);
  }
}
