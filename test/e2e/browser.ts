import { type Browser, chromium, type Page } from 'playwright-core';
import { until } from './until.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Pages that nobody looks at go on playing.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  // WebGL without a graphics card.
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
}

/** Small, and in low quality: every pixel is drawn by the processor. */
const SMALL = { width: 480, height: 320 };

/** Where to: a world's name, or a lobby's code. */
export type Place = { readonly world: string } | { readonly lobby: string };

export interface Place2d {
  readonly x: number;
  readonly y: number;
}

/** What the page gives the console: its game. */
interface Handle {
  stats(): { readonly [name: string]: unknown };
  readonly zone?: {
    readonly id: string;
    readonly epoch: number;
    readonly entities: Iterable<{
      readonly isOwn: boolean;
      sample(): { readonly [component: string]: { readonly [field: string]: unknown } | undefined };
    }>;
  };
}

/** Every visitor since the last `everybodyLeaves`. */
const present: Visitor[] = [];

/** After a test: pages that stay open would slow down the next one. */
export async function everybodyLeaves(): Promise<void> {
  await Promise.all(present.splice(0).map((visitor) => visitor.leave()));
}

/** A person in front of a browser. */
export class Visitor {
  readonly page: Page;
  readonly name: string;
  /** What the page complained about. */
  readonly complaints: string[] = [];

  private constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Opens the page in a window of its own and logs in. */
  static async enter(
    browser: Browser,
    url: string,
    name: string,
    { viewport = SMALL, quality = 'low' }: { viewport?: typeof SMALL; quality?: 'low' | 'full' } = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ viewport });
    const visitor = new Visitor(await context.newPage(), name);
    present.push(visitor);
    await visitor.page.goto(`${url}/?quality=${quality}`);
    await visitor.page.fill('#name', name);
    await visitor.page.press('#name', 'Enter');
    await visitor.page.waitForSelector('#choose');
    return visitor;
  }

  /** Goes somewhere by the buttons of the page; returns when the own figure stands there. */
  async join(place: Place): Promise<void> {
    if ('world' in place) {
      await this.page.click(`#world-${place.world}`);
    } else {
      await this.page.fill('#code', place.lobby);
      await this.page.press('#code', 'Enter');
    }
    await this.page.waitForSelector('#zone-name');
    await this.waitForSight(this.name);
  }

  /** Holds a key down for a while; when it returns, the page has asked the zone for what the key meant, and to stop. */
  async hold(key: string, ms: number): Promise<void> {
    await this.page.keyboard.down(key);
    await this.#drawn();
    await this.page.waitForTimeout(ms);
    await this.page.keyboard.up(key);
    await this.#drawn();
  }

  /** The page looks at its keys once for each picture, and a busy machine draws few: waits until one was drawn. */
  async #drawn(): Promise<void> {
    await this.page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
        }),
    );
  }

  async say(text: string): Promise<void> {
    await this.page.keyboard.press('Enter');
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Where somebody stands in this visitor's picture; undefined when out of sight. */
  placeOf(name: string): Promise<Place2d | undefined> {
    return this.page.evaluate(placeInPage, name);
  }

  waitForSight(name: string): Promise<Place2d> {
    return until(`${this.name} sees ${name}`, () => this.placeOf(name));
  }

  /** Waits until somebody stands at least so far from a place, in this visitor's picture. */
  async waitForMove(name: string, from: Place2d, metres: number): Promise<void> {
    await until(`${this.name} sees ${name} walk ${metres} m`, async () => {
      const at = await this.placeOf(name);
      return at !== undefined && distance(at, from) >= metres;
    });
  }

  /** Waits until the server has executed everything that this visitor did. */
  async waitForAnswers(): Promise<void> {
    await until('all inputs are answered', async () => (await this.stats()).pendingInputs === 0);
  }

  stats(): Promise<{ readonly [name: string]: unknown }> {
    return this.page.evaluate(() => (globalThis as unknown as { overworld: Handle }).overworld.stats());
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

export function distance(a: Place2d, b: Place2d): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Runs in the page: it can use nothing from here. */
function placeInPage(name: string): { x: number; y: number } | undefined {
  const { zone } = (globalThis as unknown as { overworld: Handle }).overworld;
  for (const entity of zone?.entities ?? []) {
    const { body, look } = entity.sample();
    if (look?.name === name && body) return { x: body.x as number, y: body.y as number };
  }
  return undefined;
}
