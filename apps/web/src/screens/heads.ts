import type { GameZone } from '@overworld/client';
import { element } from '../dom.ts';

const GAIN_MS = 350;

function titleOf(zone: GameZone): string {
  const code = /^lobby-(.+)$/.exec(zone.id)?.[1];
  return code === undefined ? zone.id : `Lobby ${code.toUpperCase()}`;
}

/** What stands at the top of the game: where one is, what one has, and the way out. */
export class Heads {
  readonly root: HTMLElement;
  readonly #title = element('span', { id: 'zone-name' });
  readonly #count = element('small', { id: 'in-sight' });
  readonly #coins = element('span', { id: 'coins' }, '0');
  readonly #purse: HTMLElement;
  #shown = -1;

  constructor(actions: { leave(): void; network(): void }) {
    const leave = element('button', { class: 'chip', type: 'button', id: 'leave' }, 'Leave');
    const network = element('button', { class: 'chip', type: 'button', label: 'Network' }, '∿');
    leave.addEventListener('click', () => actions.leave());
    network.addEventListener('click', () => actions.network());
    const place = element(
      'span',
      { class: 'chip' },
      element('i', { class: 'dot' }),
      this.#title,
      this.#count,
    );
    this.#purse = element(
      'span',
      { class: 'chip', hidden: true },
      element('i', { class: 'coin' }),
      this.#coins,
    );
    this.root = element(
      'header',
      {},
      element('div', { class: 'corner top-left' }, place),
      element('div', { class: 'corner top-right' }, this.#purse, network, leave),
    );
  }

  update(zone: GameZone): void {
    const title = titleOf(zone);
    if (this.#title.textContent !== title) this.#title.textContent = title;
    const count = `${zone.entityCount} in sight`;
    if (this.#count.textContent !== count) this.#count.textContent = count;
    const coins = zone.self?.get('purse')?.coins;
    this.#purse.hidden = typeof coins !== 'number';
    if (typeof coins === 'number' && coins !== this.#shown) this.#showCoins(coins);
  }

  #showCoins(coins: number): void {
    const gained = this.#shown >= 0 && coins > this.#shown;
    this.#shown = coins;
    this.#coins.textContent = String(coins);
    if (!gained) return;
    this.#purse.classList.add('gain');
    setTimeout(() => this.#purse.classList.remove('gain'), GAIN_MS);
  }
}
