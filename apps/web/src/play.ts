import type { GameZone, Overworld, RefusedInput, ZoneEvent } from '@overworld/client';
import { Controls } from './controls.ts';
import { element, isTyping } from './dom.ts';
import { Chat } from './screens/chat.ts';
import { Heads } from './screens/heads.ts';
import { NetworkOverlay } from './screens/network-overlay.ts';
import { sentenceFor, sentenceOf } from './sentences.ts';
import type { Labels } from './stage/labels.ts';
import { type Scenery, sceneryOf } from './stage/sceneries.ts';
import { numberOf } from './stage/scenery.ts';
import type { Stage } from './stage/stage.ts';
import { type Spoken, spoken, whoIsThere } from './talk.ts';
import { Walker } from './walker.ts';

const FPS_SMOOTHING = 0.05;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The game itself: the picture of a zone, and what the player does in it. */
export class Play {
  readonly #stage: Stage;
  readonly #labels: Labels;
  readonly #game: Overworld;
  readonly #zone: GameZone;
  readonly #controls: Controls;
  readonly #walker: Walker;
  readonly #chat: Chat;
  readonly #heads: Heads;
  readonly #network = new NetworkOverlay();
  readonly #root: HTMLElement;
  readonly #abort = new AbortController();
  readonly #unlisten: (() => void)[] = [];
  readonly #heard = new Set<string>();
  #scenery: Scenery;
  #sceneryOf: string;
  #place: Place | undefined;
  #mayBeElsewhere = false;
  #fps = 60;

  constructor(parts: {
    stage: Stage;
    labels: Labels;
    game: Overworld;
    zone: GameZone;
    surface: HTMLElement;
    leave(): void;
  }) {
    const { stage, labels, game, zone, surface, leave } = parts;
    this.#stage = stage;
    this.#labels = labels;
    this.#game = game;
    this.#zone = zone;
    this.#scenery = sceneryOf(stage, zone);
    this.#sceneryOf = this.#sceneryName();
    this.#controls = new Controls(surface, (x, y) => stage.groundAt(x, y));
    this.#walker = new Walker(zone);
    this.#chat = new Chat((text) => this.#say(text));
    this.#heads = new Heads({ leave, network: () => this.#network.toggle() });
    const hint = element(
      'div',
      { class: 'hint' },
      key('WASD'),
      ' walk   ',
      key('Enter'),
      ' talk   ',
      key('TAB'),
      ' network',
    );
    this.#root = element('div', { id: 'play' }, this.#heads.root, this.#chat.root, hint, this.#network.root);
    this.#root.append(this.#controls.stick);
    this.#listen(surface);
  }

  get root(): HTMLElement {
    return this.#root;
  }

  /** Draws one picture. */
  draw(nowMs: number, elapsedMs: number): void {
    if (elapsedMs > 0) this.#fps += (1000 / elapsedMs - this.#fps) * FPS_SMOOTHING;
    this.#changeScenery();
    this.#place = this.#ownPlace() ?? this.#place;
    this.#walker.walk(this.#controls.direction(this.#place, nowMs), nowMs);
    if (this.#place) this.#stage.follow(this.#place.x, this.#place.y);
    if (this.#place) this.#scenery.follow?.(this.#place.x, this.#place.y);
    this.#labels.begin(nowMs);
    const { zone, stage, labels } = { zone: this.#zone, stage: this.#stage, labels: this.#labels };
    this.#scenery.draw({ stage, labels, zone, nowMs, elapsedMs });
    this.#heads.update(this.#zone);
    this.#network.update(nowMs, () => this.#game.stats(), this.#fps);
  }

  dispose(): void {
    this.#abort.abort();
    for (const off of this.#unlisten) off();
    this.#controls.dispose();
    this.#scenery.dispose();
    this.#labels.clear();
    this.#root.remove();
  }

  #listen(surface: HTMLElement): void {
    const { signal } = this.#abort;
    window.addEventListener('keydown', (event) => this.#key(event), { signal });
    const wheel = (event: WheelEvent): void => this.#stage.zoomBy(event.deltaY > 0 ? 1.08 : 1 / 1.08);
    surface.addEventListener('wheel', wheel, { signal, passive: true });
    this.#unlisten.push(this.#zone.onZone(() => this.#followZone()));
    this.#unlisten.push(this.#zone.onRefused((refused) => this.#refused(refused)));
    this.#listenToEvents();
    const { chat } = this.#game;
    this.#unlisten.push(chat.on('line', ({ from, to, text }) => this.#chat.saidTo(to, from, text)));
    this.#unlisten.push(chat.on('notice', ({ text }) => this.#chat.note(text)));
  }

  #refused({ input, reason, detail }: RefusedInput): void {
    if (input === 'move' && reason === 'bad-input') this.#walker.refused();
    else this.#chat.note(sentenceFor(reason, detail));
  }

  #listenToEvents(): void {
    for (const { name } of this.#zone.schema.events) {
      if (this.#heard.has(name)) continue;
      this.#heard.add(name);
      this.#unlisten.push(this.#zone.on(name, (event) => this.#told(event)));
    }
  }

  #followZone(): void {
    this.#walker.restart();
    this.#listenToEvents();
    this.#mayBeElsewhere = true;
  }

  /** After a handoff the surroundings are others, as soon as the entities are; after a new epoch they are the same. */
  #changeScenery(): void {
    if (!this.#mayBeElsewhere || !this.#zone.isCurrent) return;
    this.#mayBeElsewhere = false;
    const name = this.#sceneryName();
    if (name === this.#sceneryOf) return;
    this.#sceneryOf = name;
    this.#scenery.dispose();
    this.#scenery = sceneryOf(this.#stage, this.#zone);
    this.#chat.note(`You are in ${this.#zone.id} now.`);
  }

  #sceneryName(): string {
    return `${this.#zone.id}/${this.#zone.schema.hash}/${JSON.stringify(this.#zone.params)}`;
  }

  #ownPlace(): Place | undefined {
    const motion = this.#zone.schema.components.find((component) => component.motion)?.motion;
    const component = this.#zone.schema.components.find((candidate) => candidate.motion)?.name;
    const [x, y] = motion?.position ?? [];
    const values = component === undefined ? undefined : this.#zone.self?.sample()[component];
    if (values === undefined || x === undefined || y === undefined) return undefined;
    return { x: numberOf(values, x), y: numberOf(values, y) };
  }

  #key(event: KeyboardEvent): void {
    if (event.code === 'Tab') {
      event.preventDefault();
      this.#network.toggle();
    } else if (event.code === 'Enter' && !isTyping() && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      this.#chat.focus();
    }
  }

  #say(line: string): void {
    const said = spoken(line);
    if (said.kind === 'near') this.#sayNear(said.text);
    else this.#ask(said).catch((error: unknown) => this.#chat.note(sentenceOf(error)));
  }

  async #ask(said: Exclude<Spoken, { kind: 'near' }>): Promise<void> {
    if (said.kind === 'world') {
      await this.#game.chat.send('world', said.text);
    } else if (said.kind === 'who') {
      const { count, names } = await this.#game.chat.who();
      this.#chat.note(whoIsThere(count, names));
    } else {
      this.#chat.note(`» ${said.text}`);
      const { said: answer } = await this.#zone.ai(said.text);
      this.#chat.note(answer || 'Done.');
    }
  }

  #sayNear(text: string): void {
    const input = this.#zone.schema.inputs.find(({ name }) => name === 'say' || name === 'chat');
    if (input === undefined) this.#chat.note('Nobody can talk in this game.');
    else this.#zone.input(input.name, { text });
  }

  /** Events with a text are talk; those that name somebody who comes or goes are notes. */
  #told({ name: event, value }: ZoneEvent): void {
    const { name, text } = (value ?? {}) as { name?: unknown; text?: unknown };
    const who = typeof name === 'string' ? name : '';
    if (typeof text === 'string') {
      this.#chat.said(who || event, text);
      this.#labels.say(who, text, performance.now());
    } else if (who !== '' && event === 'joined') this.#chat.note(`${who} has joined.`);
    else if (who !== '' && event === 'left') this.#chat.note(`${who} has left.`);
  }
}

function key(name: string): HTMLElement {
  return element('kbd', {}, name);
}
