import { element } from '../dom.ts';

/** A calm line on top of the game that comes and goes. */
export class Banner {
  readonly root: HTMLElement;
  readonly #text = element('span');

  constructor() {
    this.root = element(
      'div',
      { class: 'banner', id: 'banner', hidden: true },
      element('i', { class: 'spinner' }),
    );
    this.root.append(this.#text);
    this.root.setAttribute('role', 'status');
  }

  /** `undefined` takes it away. */
  show(text: string | undefined): void {
    this.root.hidden = text === undefined;
    if (text !== undefined) this.#text.textContent = text;
  }
}
