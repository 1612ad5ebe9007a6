import { element, isTyping } from './dom.ts';

const FULL = 100;
const TAP_MS = 260;
const TAP_PX = 10;
const STICK_PX = 46;
const STICK_DEAD_PX = 10;
const ARRIVED_M = 0.35;
const STUCK_MS = 700;
const STUCK_M = 0.25;
const KEYS: { readonly [code: string]: readonly [dx: number, dy: number] } = {
  KeyW: [0, -1],
  ArrowUp: [0, -1],
  KeyS: [0, 1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
};

interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Direction {
  /** Hundredths of full speed; y grows southwards. */
  readonly dx: number;
  readonly dy: number;
}

const STILL: Direction = { dx: 0, dy: 0 };

function towards(dx: number, dy: number): Direction {
  const length = Math.hypot(dx, dy);
  if (length === 0) return STILL;
  return { dx: Math.round((dx / length) * FULL), dy: Math.round((dy / length) * FULL) };
}

/**
 * Where the player wants to walk: keys; a held mouse button (towards the pointer); a finger (a stick where it was put
 * down); a click or tap (to that place).
 */
export class Controls {
  /** The stick that shows under a finger. */
  readonly stick: HTMLElement;
  readonly #knob = element('i');
  readonly #surface: HTMLElement;
  readonly #groundAt: (x: number, y: number) => Place | undefined;
  readonly #keys = new Set<string>();
  readonly #abort = new AbortController();
  #pointer:
    | { id: number; touch: boolean; startX: number; startY: number; x: number; y: number; atMs: number }
    | undefined;
  #goal: Place | undefined;
  #progress: { x: number; y: number; atMs: number } = { x: 0, y: 0, atMs: 0 };

  constructor(surface: HTMLElement, groundAt: (x: number, y: number) => Place | undefined) {
    this.#surface = surface;
    this.#groundAt = groundAt;
    this.stick = element('div', { class: 'stick', hidden: true }, this.#knob);
    const { signal } = this.#abort;
    window.addEventListener('keydown', (event) => this.#keyDown(event), { signal });
    window.addEventListener('keyup', (event) => this.#keys.delete(event.code), { signal });
    window.addEventListener('blur', () => this.#letGo(), { signal });
    surface.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    surface.addEventListener('pointermove', (event) => this.#moved(event), { signal });
    surface.addEventListener('pointerup', (event) => this.#up(event), { signal });
    surface.addEventListener('pointercancel', () => this.#letGo(), { signal });
  }

  /** The direction wanted now, of somebody who stands at `self`. */
  direction(self: Place | undefined, nowMs: number): Direction {
    const byKeys = this.#byKeys();
    if (byKeys !== undefined) {
      this.#goal = undefined;
      return byKeys;
    }
    return this.#byPointer(self, nowMs) ?? this.#byGoal(self, nowMs) ?? STILL;
  }

  dispose(): void {
    this.#abort.abort();
    this.stick.remove();
  }

  #byKeys(): Direction | undefined {
    if (this.#keys.size === 0) return undefined;
    let [dx, dy] = [0, 0];
    for (const code of this.#keys) {
      dx += KEYS[code]?.[0] ?? 0;
      dy += KEYS[code]?.[1] ?? 0;
    }
    return towards(Math.sign(dx), Math.sign(dy));
  }

  #byPointer(self: Place | undefined, nowMs: number): Direction | undefined {
    const pointer = this.#pointer;
    if (pointer === undefined) return undefined;
    if (pointer.touch) {
      const [dx, dy] = [pointer.x - pointer.startX, pointer.y - pointer.startY];
      return Math.hypot(dx, dy) < STICK_DEAD_PX ? STILL : towards(dx, dy);
    }
    if (nowMs - pointer.atMs < TAP_MS && this.#isTap(pointer)) return this.#byGoal(self, nowMs) ?? STILL;
    const place = this.#groundAt(pointer.x, pointer.y);
    if (place === undefined || self === undefined) return STILL;
    const [dx, dy] = [place.x - self.x, place.y - self.y];
    return Math.hypot(dx, dy) < 1 ? STILL : towards(dx, dy);
  }

  /** Straight to the place tapped; given up when something is in the way. */
  #byGoal(self: Place | undefined, nowMs: number): Direction | undefined {
    const goal = this.#goal;
    if (goal === undefined || self === undefined) return undefined;
    const [dx, dy] = [goal.x - self.x, goal.y - self.y];
    if (Math.hypot(self.x - this.#progress.x, self.y - this.#progress.y) > STUCK_M) {
      this.#progress = { x: self.x, y: self.y, atMs: nowMs };
    }
    const isStuck = nowMs - this.#progress.atMs > STUCK_MS;
    if (Math.hypot(dx, dy) < ARRIVED_M || isStuck) {
      this.#goal = undefined;
      return undefined;
    }
    return towards(dx, dy);
  }

  #isTap(pointer: { startX: number; startY: number; x: number; y: number }): boolean {
    return Math.hypot(pointer.x - pointer.startX, pointer.y - pointer.startY) < TAP_PX;
  }

  #keyDown(event: KeyboardEvent): void {
    if (isTyping() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS[event.code] === undefined) return;
    event.preventDefault();
    this.#keys.add(event.code);
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#pointer !== undefined) return;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.#surface.setPointerCapture(event.pointerId);
    const { clientX: x, clientY: y } = event;
    const touch = event.pointerType === 'touch';
    this.#pointer = { id: event.pointerId, touch, startX: x, startY: y, x, y, atMs: event.timeStamp };
  }

  #moved(event: PointerEvent): void {
    const pointer = this.#pointer;
    if (pointer === undefined || event.pointerId !== pointer.id) return;
    pointer.x = event.clientX;
    pointer.y = event.clientY;
    if (pointer.touch && !this.#isTap(pointer)) this.#showStick(pointer);
  }

  #up(event: PointerEvent): void {
    const pointer = this.#pointer;
    if (pointer === undefined || event.pointerId !== pointer.id) return;
    this.#pointer = undefined;
    this.stick.hidden = true;
    // The event's own time: a busy page hears of it late.
    const nowMs = event.timeStamp;
    const isTap = nowMs - pointer.atMs < TAP_MS && this.#isTap(pointer);
    this.#goal = isTap ? this.#groundAt(pointer.x, pointer.y) : undefined;
    this.#progress = { x: Number.POSITIVE_INFINITY, y: 0, atMs: nowMs };
  }

  #showStick(pointer: { startX: number; startY: number; x: number; y: number }): void {
    const [dx, dy] = [pointer.x - pointer.startX, pointer.y - pointer.startY];
    const share = Math.min(1, STICK_PX / Math.max(1, Math.hypot(dx, dy)));
    this.stick.hidden = false;
    this.stick.style.left = `${pointer.startX}px`;
    this.stick.style.top = `${pointer.startY}px`;
    this.#knob.style.transform = `translate(${dx * share}px, ${dy * share}px)`;
  }

  #letGo(): void {
    this.#keys.clear();
    this.#pointer = undefined;
    this.#goal = undefined;
    this.stick.hidden = true;
  }
}
