import type { ClientStats } from '@overworld/client';
import { element } from '../dom.ts';

const UPDATE_MS = 250;
const POINTS = 120;
const STATES: { readonly [state in ClientStats['state']]: string } = {
  idle: 'not connected',
  connecting: 'connecting',
  playing: 'connected',
  waiting: 'reconnecting',
  closed: 'closed',
};
const LATENCY_COLOUR = '#6fd08c';
const CORRECTION_COLOUR = '#f0b54a';

function bytes(perSecond: number): string {
  return perSecond < 1000 ? `${Math.round(perSecond)} B/s` : `${(perSecond / 1000).toFixed(1)} kB/s`;
}

function metres(distance: number): string {
  return distance < 1 ? `${Math.round(distance * 100)} cm` : `${distance.toFixed(1)} m`;
}

function rowsOf(
  stats: ClientStats,
  fps: number,
): readonly (readonly [key: string, label: string, value: string])[] {
  return [
    ['state', 'Connection', STATES[stats.state]],
    ['zone', 'Zone', stats.zone || '–'],
    ['epoch', 'Epoch', String(stats.epoch)],
    ['server-tick', 'Server tick', String(stats.serverTick)],
    ['round-trip', 'Round trip', `${stats.roundTripMs.toFixed(1)} ms ± ${stats.jitterMs.toFixed(1)}`],
    ['sequence', 'Input sequence', `${stats.sequence} (${stats.acknowledged} done)`],
    ['pending', 'Pending inputs', String(stats.pendingInputs)],
    ['in', 'Received', bytes(stats.bytesInPerSecond)],
    ['out', 'Sent', bytes(stats.bytesOutPerSecond)],
    ['frames', 'State frames', `${stats.framesPerSecond.toFixed(0)} /s`],
    ['entities', 'In sight', String(stats.entities)],
    ['lead', 'Prediction', stats.predicting ? `${stats.leadTicks.toFixed(1)} ticks ahead` : 'off'],
    ['corrections', 'Corrections', `${stats.corrections} (last ${metres(stats.lastCorrection)})`],
    ['reconnects', 'Reconnects', String(stats.reconnects)],
    ['fps', 'Pictures', `${fps.toFixed(0)} fps`],
  ];
}

/** What the network does, on TAB. Costs nothing while hidden. */
export class NetworkOverlay {
  readonly root: HTMLElement;
  readonly #rows = element('dl');
  readonly #values = new Map<string, HTMLElement>();
  readonly #graph = element('canvas', { label: 'Round trip and corrections over the last half minute' });
  readonly #latencies: number[] = [];
  readonly #corrections: number[] = [];
  #lastCorrections = 0;
  #updatedMs = 0;

  constructor() {
    const head = element('h3', {}, 'Network', element('small', {}, 'TAB closes'));
    const legend = element('div', { class: 'legend' });
    for (const [colour, text] of [
      [LATENCY_COLOUR, 'round trip'],
      [CORRECTION_COLOUR, 'corrections'],
    ] as const) {
      const mark = element('i');
      mark.style.background = colour;
      legend.append(element('span', {}, mark, text));
    }
    this.root = element('aside', { class: 'network', id: 'network', hidden: true }, head, this.#rows);
    this.root.append(this.#graph, legend);
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  toggle(): void {
    this.root.hidden = !this.root.hidden;
    this.#updatedMs = 0;
  }

  update(nowMs: number, stats: () => ClientStats, fps: number): void {
    if (nowMs - this.#updatedMs < UPDATE_MS) return;
    this.#updatedMs = nowMs;
    const current = stats();
    this.#remember(current);
    if (!this.isOpen) return;
    for (const [key, label, value] of rowsOf(current, fps)) this.#set(key, label, value);
    this.#draw();
  }

  #set(key: string, label: string, value: string): void {
    let cell = this.#values.get(key);
    if (cell === undefined) {
      cell = element('dd', { id: `net-${key}` });
      this.#values.set(key, cell);
      this.#rows.append(element('dt', {}, label), cell);
    }
    if (cell.textContent !== value) cell.textContent = value;
  }

  #remember(stats: ClientStats): void {
    this.#latencies.push(stats.state === 'playing' ? stats.roundTripMs : 0);
    this.#corrections.push(Math.max(0, stats.corrections - this.#lastCorrections));
    this.#lastCorrections = stats.corrections;
    if (this.#latencies.length > POINTS) this.#latencies.shift();
    if (this.#corrections.length > POINTS) this.#corrections.shift();
  }

  #draw(): void {
    const ratio = Math.min(2, window.devicePixelRatio);
    const width = this.#graph.clientWidth;
    const height = this.#graph.clientHeight;
    this.#graph.width = width * ratio;
    this.#graph.height = height * ratio;
    const context = this.#graph.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    const step = width / (POINTS - 1);
    const top = Math.max(50, ...this.#latencies) * 1.15;
    context.fillStyle = CORRECTION_COLOUR;
    for (const [index, count] of this.#corrections.entries()) {
      if (count > 0) context.fillRect(index * step - 1, height - Math.min(height, 8 + count * 6), 2, height);
    }
    context.strokeStyle = LATENCY_COLOUR;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [index, latency] of this.#latencies.entries()) {
      context.lineTo(index * step, height - 3 - (latency / top) * (height - 6));
    }
    context.stroke();
  }
}
