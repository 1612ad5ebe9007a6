import { decodeBatch, subjects, type ZoneCommand } from '@overworld/contracts';
import type { Bus, BusMessage, BusSubscription } from '@overworld/ports';
import { type AnyRuleset, MAX_PENDING_EFFECTS, type Operation, type ZoneRuntime } from '@overworld/ruleset';
import { Blocklist } from './blocklist.ts';
import { Gateways } from './gateways.ts';
import { classOf, Mailbox } from './mailbox.ts';
import type { DropReason, MailboxClass, Observe } from './observation.ts';

const MAX_RECORD_BYTES = 192 * 1024;
const MAX_OPERATIONS = 1_024;
const CHECK_EVERY_MS = 250;
const BLOCKED_SECONDS = 60;

export interface InletOptions {
  readonly zone: string;
  readonly bus: Bus;
  readonly ruleset: AnyRuleset;
  readonly gatewaySilenceMs: number;
  /** For tests alone: inputs that were executed are taken again. */
  readonly noInputDedupe: boolean;
  /** For tests alone: inputs are taken whatever was lost before them. */
  readonly noInputOrder: boolean;
  readonly observe: Observe;
  now(): number;
  runtime(): ZoneRuntime;
  /** A player wants in. */
  knocked(): void;
}

/** What comes in: batches from gateways, zones and the ai, checked and put into the mailbox; and who is listening. */
export class Inlet {
  readonly mailbox: Mailbox;
  readonly #options: InletOptions;
  readonly #gateways: Gateways;
  readonly #blocklist: Blocklist;
  readonly #drops = new Map<string, { class: MailboxClass; reason: DropReason; count: number }>();
  readonly #openedMs: number;
  readonly #isOrdered: boolean;
  #subscription: BusSubscription | undefined;
  #stopListening = (): void => {};
  #checkMs = 0;

  constructor(options: InletOptions) {
    const nowMs = options.now();
    this.#options = options;
    this.#openedMs = nowMs;
    // The order alone would hide what a lack of dedupe does.
    this.#isOrdered = !options.noInputOrder && !options.noInputDedupe;
    this.#gateways = new Gateways(options.gatewaySilenceMs, nowMs);
    this.#blocklist = new Blocklist(BLOCKED_SECONDS * options.ruleset.tickHz);
    this.mailbox = new Mailbox({
      policyOf: (input) => options.ruleset.inputs[input]?.policy,
      lastSequence: (player) => this.#lastSequence(player),
      dropped: (mailboxClass, reason) => this.#dropped(mailboxClass, reason),
      admitsInputs: () => options.runtime().pendingEffectCount < MAX_PENDING_EFFECTS,
      maxRecordBytes: MAX_RECORD_BYTES,
      maxOperations: MAX_OPERATIONS,
    });
  }

  get gateways(): number {
    return this.#gateways.count;
  }

  listen(): void {
    const { bus, zone } = this.#options;
    this.#subscription = bus.subscribe(subjects.zoneIn(zone), (message) => this.#receive(message));
    this.#stopListening = bus.onStatus(() => this.forgive(this.#options.now()));
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#stopListening();
  }

  /** Whether anybody may be looking: a gateway that spoke lately, or one that a takeover has to give time to speak. */
  isWatched(nowMs: number): boolean {
    return this.#gateways.count > 0 || nowMs - this.#openedMs < this.#options.gatewaySilenceMs;
  }

  drain(tick: number): readonly Operation[] {
    return this.mailbox.drain(tick);
  }

  /** Drops the players of gateways that have fallen silent; without a connection of its own the zone cannot tell. */
  checkGateways(nowMs: number): void {
    if (nowMs - this.#checkMs < CHECK_EVERY_MS || !this.#options.bus.connected) return;
    this.#checkMs = nowMs;
    for (const gateway of this.#gateways.lost(this.#connectedGateways(), nowMs)) {
      this.mailbox.gatewayLost(gateway);
      this.#options.observe({ kind: 'gateway-lost', gateway });
    }
  }

  /** The process stood still, or had no connection: what was said meanwhile is still on its way, or lost. */
  forgive(nowMs: number): void {
    this.#gateways.forgive(nowMs);
  }

  /** This operation made the ruleset throw. */
  strike(operation: Operation, tick: number): void {
    this.#blocklist.strike(operation, tick);
  }

  /** Reports what was dropped since the last call. */
  reportDrops(): void {
    if (this.#drops.size === 0) return;
    for (const drop of this.#drops.values()) this.#options.observe({ kind: 'dropped', ...drop });
    this.#drops.clear();
  }

  #receive(message: BusMessage): void {
    const batch = decodeBatch(message.payload);
    if (batch === undefined) {
      this.#dropped('control', 'bad-command');
      return;
    }
    for (const command of batch.commands) this.#take(batch.gateway, command);
  }

  #take(gateway: string, command: ZoneCommand): void {
    const { tick } = this.#options.runtime().state;
    if (command.kind === 'presence' || command.kind === 'join')
      this.#gateways.saw(gateway, this.#options.now());
    if (this.#blocklist.isBlocked(command, tick)) this.#block(command);
    else this.mailbox.push(gateway, this.#isOrdered ? command : unordered(command), tick);
    if (command.kind === 'join') this.#options.knocked();
  }

  #block(command: ZoneCommand): void {
    this.#dropped(classOf(command), 'blocked');
    if (command.kind === 'input' && command.source === 'player') this.mailbox.skip(command);
  }

  #dropped(mailboxClass: MailboxClass, reason: DropReason): void {
    const key = `${mailboxClass}/${reason}`;
    const known = this.#drops.get(key);
    if (known) known.count += 1;
    else this.#drops.set(key, { class: mailboxClass, reason, count: 1 });
  }

  #lastSequence(player: string): number {
    const { table } = this.#options.runtime();
    const row = table.find(player);
    if (row < 0) return -1;
    return this.#options.noInputDedupe ? 0 : (table.columns.sequence[row] as number);
  }

  #connectedGateways(): Set<string> {
    const { table } = this.#options.runtime();
    const gateways = new Set<string>();
    for (let row = table.next(-1); row >= 0; row = table.next(row)) {
      if (table.columns.connected[row] === 1) gateways.add(table.gateway(row));
    }
    return gateways;
  }
}

function unordered(command: ZoneCommand): ZoneCommand {
  return command.kind === 'input' ? { ...command, after: 0 } : command;
}
