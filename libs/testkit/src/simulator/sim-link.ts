import { encodeBatch, subjects, type ZoneCommand } from '@overworld/contracts';
import type { Bus, BusSubscription, Clock } from '@overworld/ports';
import { Mirror, type ZoneEvent } from '@overworld/replication/gateway';
import type { AnyRuleset, PlayerChange } from '@overworld/ruleset';

const SYNC_TIMEOUT_MS = 1_000;
const ASK_AGAIN_MS = 100;
const SILENT_MS = 1_500;
const BEAT_MS = 1_000;
const KEEP_MS = 5_000;
const NOTHING = new Uint8Array(0);

export interface LinkWatcher {
  changed(change: PlayerChange): void;
  epochChanged(): void;
  event(event: ZoneEvent): void;
  deliver(): void;
}

export interface LinkPorts {
  readonly gateway: string;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Has the zone started when nobody runs it. */
  ensure(zone: string): Promise<void>;
}

/** One zone as a gateway sees it, by the rules of the gateway service: one mirror, one batch a turn, one beat a second. */
export class SimLink {
  readonly zone: string;
  readonly ruleset: AnyRuleset;
  readonly mirror: Mirror;
  readonly #ports: LinkPorts;
  readonly #watchers = new Map<string, LinkWatcher>();
  readonly #subscription: BusSubscription;
  #commands: ZoneCommand[] = [];
  #heardAtMs: number;
  #emptySinceMs: number;
  #isSyncing = false;
  #isClosed = false;

  constructor(zone: string, ruleset: AnyRuleset, ports: LinkPorts) {
    this.zone = zone;
    this.ruleset = ruleset;
    this.#ports = ports;
    this.mirror = new Mirror(ruleset.wire, ruleset.definition.interest);
    this.#heardAtMs = ports.clock.now();
    this.#emptySinceMs = this.#heardAtMs;
    this.#subscription = ports.bus.subscribe(subjects.zoneOut(zone), ({ payload }) => this.#receive(payload));
    void this.#sync();
    this.#beatLater();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  attach(player: string, watcher: LinkWatcher): void {
    this.#watchers.set(player, watcher);
  }

  detach(player: string, watcher: LinkWatcher): void {
    if (this.#watchers.get(player) !== watcher) return;
    this.#watchers.delete(player);
    this.#emptySinceMs = this.#ports.clock.now();
  }

  push(command: ZoneCommand): void {
    if (this.#isClosed) return;
    this.#commands.push(command);
    if (this.#commands.length === 1) this.#ports.clock.after(0, () => this.#flush());
  }

  #flush(): void {
    if (this.#commands.length === 0) return;
    const commands = this.#commands;
    this.#commands = [];
    this.#ports.bus.publish(subjects.zoneIn(this.zone), encodeBatch(this.#ports.gateway, commands));
  }

  #beatLater(): void {
    this.#ports.clock.after(BEAT_MS, () => {
      if (this.#isClosed) return;
      this.#beat();
      this.#beatLater();
    });
  }

  #beat(): void {
    const nowMs = this.#ports.clock.now();
    if (this.#watchers.size === 0) {
      if (nowMs - this.#emptySinceMs >= KEEP_MS) this.close();
      return;
    }
    this.push({ kind: 'presence' });
    this.#dropStrays();
    if (nowMs - this.#heardAtMs > SILENT_MS) void this.#sync();
  }

  close(): void {
    this.#flush();
    this.#isClosed = true;
    this.#subscription.unsubscribe();
  }

  #dropStrays(): void {
    for (const { id, connected, gateway } of this.mirror.players.values()) {
      if (!connected || gateway !== this.#ports.gateway || this.#watchers.has(id)) continue;
      this.push({ kind: 'drop', player: id });
    }
  }

  #receive(payload: Uint8Array): void {
    if (this.#isClosed) return;
    const { mirror } = this;
    const { epoch } = mirror;
    const result = mirror.apply(payload);
    if (mirror.needsSync) void this.#sync();
    if (result !== 'applied') return;
    this.#heardAtMs = this.#ports.clock.now();
    if (epoch >= 0 && mirror.epoch !== epoch)
      for (const watcher of [...this.#watchers.values()]) watcher.epochChanged();
    for (const change of mirror.takePlayerChanges()) this.#watchers.get(change.player)?.changed(change);
    for (const event of mirror.takeEvents()) {
      for (const [player, watcher] of this.#watchers) {
        if (mirror.hears(event, player)) watcher.event(event);
      }
    }
    for (const watcher of this.#watchers.values()) watcher.deliver();
  }

  async #sync(): Promise<void> {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    const { bus, clock, ensure } = this.#ports;
    const askedAtMs = clock.now();
    while (!this.#isClosed && (this.mirror.needsSync || this.#heardAtMs < askedAtMs)) {
      const outcome = await bus.request(subjects.zoneSync(this.zone), NOTHING, SYNC_TIMEOUT_MS);
      if (outcome.kind === 'answered') this.#receive(outcome.payload);
      else if (outcome.kind === 'no-responder') await ensure(this.zone);
      if (outcome.kind !== 'answered' || this.mirror.needsSync) {
        await new Promise<void>((resolve) => clock.after(ASK_AGAIN_MS, resolve));
      }
    }
    this.#isSyncing = false;
  }
}
