import { OverworldError, type SavedLogin, type Status, type Target } from '@overworld/client';
import { Overworld } from '@overworld/client/browser';
import { required } from './dom.ts';
import { Play } from './play.ts';
import { rulesets } from './rulesets.ts';
import { Banner } from './screens/banner.ts';
import { chooseScreen } from './screens/choose-screen.ts';
import { loginScreen } from './screens/login-screen.ts';
import { bannerFor, sentenceFor } from './sentences.ts';
import { Backdrop } from './stage/backdrop.ts';
import { Labels } from './stage/labels.ts';
import { qualityOf } from './stage/quality.ts';
import { Stage } from './stage/stage.ts';

const LOGIN_KEY = 'overworld.login';
const NAME_KEY = 'overworld.name';

function savedLogin(): SavedLogin | undefined {
  try {
    const saved = JSON.parse(sessionStorage.getItem(LOGIN_KEY) ?? 'null') as SavedLogin | null;
    return typeof saved?.refreshToken === 'string' ? saved : undefined;
  } catch {
    return undefined;
  }
}

/** `#world/forest` and `#lobby/CODE` lead straight in. */
function targetOf(hash: string): Target | undefined {
  const [kind, name] = decodeURIComponent(hash.slice(1)).split('/');
  if (!name) return undefined;
  if (kind === 'lobby') return { lobby: name };
  return kind === 'world' ? { world: name } : undefined;
}

function hashOf(target: Target): string {
  if ('lobby' in target) return `#lobby/${encodeURIComponent(target.lobby)}`;
  return 'world' in target ? `#world/${encodeURIComponent(target.world)}` : '';
}

/** The page: login, choice of a place, game; and the picture behind all three. */
export class App {
  readonly #page = required<HTMLElement>('#page');
  readonly #surface = required<HTMLCanvasElement>('#stage');
  readonly #stage = new Stage(this.#surface, qualityOf(location.search));
  readonly #labels = new Labels(required<HTMLCanvasElement>('#labels'));
  readonly #banner = new Banner();
  readonly #game = new Overworld({
    url: location.origin,
    rulesets,
    onError: (error) => console.error(error),
  });
  #backdrop: Backdrop | undefined;
  #play: Play | undefined;
  #lastMs = 0;

  start(): void {
    // The console's handle on the game, and the tests'.
    Object.assign(globalThis, { overworld: this.#game });
    this.#game.on('status', (status) => this.#statusChanged(status));
    this.#game.on('login', (saved) => sessionStorage.setItem(LOGIN_KEY, JSON.stringify(saved)));
    window.addEventListener('resize', () => this.#resize());
    this.#resize();
    requestAnimationFrame((nowMs) => this.#draw(nowMs));
    void this.#begin();
  }

  async #begin(): Promise<void> {
    const saved = savedLogin();
    if (saved === undefined) return this.#showLogin('');
    try {
      await this.#game.restore(saved);
      await this.#arrive();
    } catch (error) {
      const isOver = error instanceof OverworldError && error.reason !== 'unreachable';
      this.#showLogin(isOver ? '' : sentenceFor('unreachable', ''));
    }
  }

  #showLogin(notice: string): void {
    const name = localStorage.getItem(NAME_KEY) ?? '';
    this.#show(
      loginScreen(name, notice, async (wanted) => {
        await this.#game.login(wanted);
        localStorage.setItem(NAME_KEY, wanted);
        await this.#arrive();
      }),
    );
  }

  /** After the login: where the address leads to, else the choice. */
  async #arrive(): Promise<void> {
    const target = targetOf(location.hash);
    if (target === undefined) return this.#showChoice('');
    try {
      await this.#join(target);
    } catch (error) {
      this.#showChoice(error instanceof OverworldError ? sentenceFor(error.reason, error.detail) : '');
    }
  }

  #showChoice(notice: string): void {
    const game = this.#game;
    history.replaceState(null, '', location.pathname + location.search);
    this.#show(
      chooseScreen({
        name: game.account?.name ?? '',
        notice,
        worlds: game.worlds(),
        join: (target) => this.#join(target),
        createLobby: async () => (await game.createLobby()).code,
        logout: () => this.#logout(),
      }),
    );
  }

  async #join(target: Target): Promise<void> {
    const zone = await this.#game.join(target);
    this.#endBackdrop();
    history.replaceState(null, '', hashOf(target));
    const { stage, labels, game } = { stage: this.#stage, labels: this.#labels, game: this.#game };
    const leave = (): void => void game.leave().then(() => this.#endPlay(''));
    this.#play = new Play({ stage, labels, game, zone, surface: this.#surface, leave });
    this.#page.replaceChildren(this.#play.root, this.#banner.root);
  }

  #logout(): void {
    sessionStorage.removeItem(LOGIN_KEY);
    void this.#game.logout();
    this.#showLogin('');
  }

  #endPlay(notice: string): void {
    this.#play?.dispose();
    this.#play = undefined;
    this.#banner.show(undefined);
    if (this.#game.account === undefined) this.#showLogin(notice);
    else this.#showChoice(notice);
  }

  #statusChanged(status: Status): void {
    this.#banner.show(bannerFor(status));
    if (this.#play === undefined || status.state !== 'closed' || status.reason === '') return;
    this.#endPlay(sentenceFor(status.reason, status.detail));
  }

  #show(screen: HTMLElement): void {
    this.#page.replaceChildren(screen);
    this.#backdrop ??= new Backdrop(this.#stage);
    this.#labels.clear();
  }

  #endBackdrop(): void {
    this.#backdrop?.dispose();
    this.#backdrop = undefined;
  }

  #resize(): void {
    this.#stage.resize();
    this.#labels.resize();
  }

  #draw(nowMs: number): void {
    const elapsedMs = this.#lastMs === 0 ? 0 : nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (this.#play) this.#play.draw(nowMs, elapsedMs);
    else this.#backdrop?.draw(this.#stage, nowMs, elapsedMs);
    this.#stage.render(nowMs);
    requestAnimationFrame((next) => this.#draw(next));
  }
}
