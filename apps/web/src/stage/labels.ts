import type { Stage } from './stage.ts';

const BUBBLE_MS = 5_000;
const BUBBLE_WIDTH = 220;
const FADE_FROM_M = 45;
const FADE_TO_M = 75;
const FONT = '600 13px ui-sans-serif, system-ui, "Liberation Sans", sans-serif';
const BUBBLE_FONT = '500 13.5px ui-sans-serif, system-ui, "Liberation Sans", sans-serif';
const MAX_LINES = 3;

interface Bubble {
  readonly lines: readonly string[];
  readonly untilMs: number;
}

/** Names above heads and what they say: a flat layer over the picture, always sharp. */
export class Labels {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #bubbles = new Map<string, Bubble>();

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d') as CanvasRenderingContext2D;
  }

  resize(): void {
    const ratio = Math.min(2, window.devicePixelRatio);
    this.#canvas.width = Math.round(this.#canvas.clientWidth * ratio);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  begin(nowMs: number): void {
    this.#context.clearRect(0, 0, this.#canvas.clientWidth, this.#canvas.clientHeight);
    this.#context.textAlign = 'center';
    for (const [speaker, bubble] of this.#bubbles) {
      if (bubble.untilMs < nowMs) this.#bubbles.delete(speaker);
    }
  }

  /** Shows what somebody says above the name for some seconds. */
  say(speaker: string, text: string, nowMs: number): void {
    this.#context.font = BUBBLE_FONT;
    this.#bubbles.set(speaker, { lines: this.#wrap(text), untilMs: nowMs + BUBBLE_MS });
  }

  name(stage: Stage, x: number, height: number, y: number, text: string, isOwn: boolean): void {
    const at = stage.project(x, height, y);
    if (!at.visible || text === '') return;
    const alpha = 1 - (at.depth - FADE_FROM_M) / (FADE_TO_M - FADE_FROM_M);
    if (alpha <= 0) return;
    const context = this.#context;
    context.globalAlpha = Math.min(1, alpha);
    context.font = FONT;
    context.lineWidth = 3.5;
    context.lineJoin = 'round';
    context.strokeStyle = 'rgba(20, 34, 33, 0.72)';
    context.fillStyle = isOwn ? '#ffe9ae' : '#ffffff';
    context.strokeText(text, at.x, at.y);
    context.fillText(text, at.x, at.y);
    const bubble = this.#bubbles.get(text);
    if (bubble !== undefined) this.#drawBubble(bubble, at.x, at.y - 20);
    context.globalAlpha = 1;
  }

  clear(): void {
    this.#bubbles.clear();
    this.begin(0);
  }

  #drawBubble(bubble: Bubble, x: number, bottom: number): void {
    const context = this.#context;
    context.font = BUBBLE_FONT;
    const width = Math.max(...bubble.lines.map((line) => context.measureText(line).width)) + 22;
    const height = bubble.lines.length * 18 + 12;
    const top = bottom - height;
    context.fillStyle = 'rgba(252, 252, 248, 0.95)';
    context.beginPath();
    context.roundRect(x - width / 2, top, width, height, 11);
    context.moveTo(x - 6, bottom);
    context.lineTo(x, bottom + 7);
    context.lineTo(x + 6, bottom);
    context.fill();
    context.fillStyle = '#1d2b2a';
    for (const [index, line] of bubble.lines.entries()) context.fillText(line, x, top + 20 + index * 18);
  }

  #wrap(text: string): string[] {
    const lines: string[] = [];
    let line = '';
    for (const word of text.split(/\s+/)) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && this.#context.measureText(longer).width > BUBBLE_WIDTH) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
    if (lines.length <= MAX_LINES) return lines.map((each) => this.#cut(each));
    return [...lines.slice(0, MAX_LINES - 1), `${lines[MAX_LINES - 1]} …`].map((each) => this.#cut(each));
  }

  #cut(line: string): string {
    return line.length > 42 ? `${line.slice(0, 40)}…` : line;
  }
}
