import type { HealthComponent, HealthRegistry, Logger, Metrics } from '@overworld/telemetry';
import type { ZoneObservation, ZoneRefusal } from '@overworld/zone';
import type { ArchiveOutcome } from './zone-archive.ts';

const TICK_DEADLINE_MS = 5000;

interface Watched {
  readonly ruleset: string;
  readonly health: HealthComponent;
  /** As the gauges say: most ticks change neither. */
  players: number;
  mailboxDepth: number;
}

/** What happens in the zones, as metrics, log lines and signs of life. */
export class ZoneMetrics {
  readonly #metrics: Metrics;
  readonly #health: HealthRegistry;
  readonly #logger: Logger;
  readonly #zones = new Map<string, Watched>();

  constructor(metrics: Metrics, health: HealthRegistry, logger: Logger) {
    this.#metrics = metrics;
    this.#health = health;
    this.#logger = logger;
  }

  /** The zone runs here from now on. */
  opened(zone: string, ruleset: string): void {
    const health = this.#health.component(`zone ${zone}`, TICK_DEADLINE_MS);
    this.#zones.set(zone, { ruleset, health, players: Number.NaN, mailboxDepth: Number.NaN });
    this.#metrics.zones.set(this.#zones.size);
  }

  /** Nobody can get in until somebody has looked: the log names the reason. */
  notOpened(zone: string, reason: ZoneRefusal['refused'], detail: string): void {
    this.#forget(zone);
    this.#logger.error({ zone, reason, detail }, 'the zone cannot be opened');
  }

  /** The snapshot of a sleeping zone went to the archive, or came back from there; or it did not. */
  archived(zone: string, outcome: ArchiveOutcome, detail: string): void {
    this.#metrics.zoneArchive.inc({ outcome });
    const isFault = outcome === 'failed' || outcome === 'too-large' || outcome === 'unusable';
    this.#logger[isFault ? 'warn' : 'debug']({ zone, outcome, detail }, 'the archive of sleeping zones');
  }

  /** A tick started so long after its due time. */
  late(lateMs: number): void {
    this.#metrics.tickLateness.observe(lateMs / 1000);
  }

  /** Told once a second. */
  loaded(load: number): void {
    this.#metrics.shardLoad.set(load);
  }

  observe(seen: ZoneObservation): void {
    if (seen.kind === 'tick') this.#tick(seen);
    else if (seen.kind === 'append') this.#append(seen);
    else if (seen.kind === 'closed') this.#closed(seen);
    else this.#rare(seen);
  }

  #tick(seen: ZoneObservation & { kind: 'tick' }): void {
    const { zone, durationMs, players, mailboxDepth } = seen;
    const watched = this.#zones.get(zone);
    if (watched === undefined) return;
    watched.health.beat();
    watched.health.unready(undefined);
    this.#metrics.tickDuration.observe({ ruleset: watched.ruleset }, durationMs / 1000);
    if (watched.players !== players) this.#metrics.players.set({ zone }, players);
    if (watched.mailboxDepth !== mailboxDepth) this.#metrics.mailboxDepth.set({ zone }, mailboxDepth);
    watched.players = players;
    watched.mailboxDepth = mailboxDepth;
  }

  #append(seen: ZoneObservation & { kind: 'append' }): void {
    this.#metrics.journalAppend.observe(seen.latencyMs / 1000);
    this.#metrics.journalBytes.inc(seen.sizeBytes);
  }

  #closed(seen: ZoneObservation & { kind: 'closed' }): void {
    const { zone, reason, detail } = seen;
    this.#forget(zone);
    const isOrderly = reason === 'hibernated' || reason === 'closed';
    this.#logger[isOrderly ? 'info' : 'error']({ zone, reason, detail }, 'the zone stopped');
  }

  #forget(zone: string): void {
    this.#zones.get(zone)?.health.end();
    this.#zones.delete(zone);
    this.#metrics.forgetZone(zone);
    this.#metrics.zones.set(this.#zones.size);
  }

  /** It stands still for a fault that is not its own, which no restart of this process would mend: not ready, but not dead. */
  #rest(zone: string): void {
    const health = this.#zones.get(zone)?.health;
    health?.rest();
    health?.unready('the journal does not answer');
  }

  #rare(seen: ZoneObservation): void {
    const { zone } = seen;
    const ruleset = this.#zones.get(zone)?.ruleset ?? '';
    const metrics = this.#metrics;
    switch (seen.kind) {
      case 'opened':
        metrics.recoveries.inc();
        metrics.recoveryDuration.observe(seen.durationMs / 1000);
        // That a zone of one's own begins is no news; that one changed hands is.
        this.#logger[seen.epoch > 1 ? 'info' : 'debug']({ ...seen }, 'the zone runs');
        break;
      case 'overrun':
        metrics.tickOverruns.inc({ zone });
        break;
      case 'dilated':
        metrics.tickDilation.inc({ zone }, seen.lostMs / 1000);
        break;
      case 'append-retry':
        metrics.journalRetries.inc();
        break;
      case 'holding':
        metrics.journalHolds.inc();
        this.#rest(zone);
        this.#logger.warn({ zone, tick: seen.tick }, 'the zone stands still: the journal does not answer');
        break;
      case 'dropped':
        metrics.mailboxDrops.inc({ class: seen.class, reason: seen.reason }, seen.count);
        break;
      case 'snapshot':
        metrics.snapshots.inc({ outcome: 'stored' });
        metrics.snapshotBytes.observe(seen.sizeBytes);
        break;
      case 'snapshot-failed':
        metrics.snapshots.inc({ outcome: 'failed' });
        this.#logger.warn({ zone, detail: seen.detail }, 'the snapshot was not stored');
        break;
      case 'handoff-settled':
        metrics.handoffs.inc({ outcome: seen.accepted ? 'accepted' : 'refused' });
        break;
      case 'effects':
        metrics.effectsPending.set({ zone }, seen.pending);
        break;
      case 'fenced':
        metrics.fenced.inc();
        break;
      default:
        this.#fault(seen, ruleset);
    }
  }

  /** What somebody has to look at. */
  #fault(seen: ZoneObservation, ruleset: string): void {
    const { zone } = seen;
    if (seen.kind === 'quarantined') {
      this.#metrics.quarantined.inc({ ruleset });
      const { tick, message, operation } = seen;
      this.#logger.error({ zone, tick, message, kind: operation.kind }, 'an input was set aside');
    } else if (seen.kind === 'restarted') {
      this.#metrics.zoneRestarts.inc({ ruleset });
      this.#logger.error({ zone, tick: seen.tick, message: seen.message }, 'the zone was rebuilt');
    } else if (seen.kind === 'desync') {
      this.#metrics.desyncs.inc({ zone });
      const { tick, recorded, replayed, parts } = seen;
      this.#logger.error({ zone, tick, recorded, replayed, parts }, 'the replay differs from the record');
    } else if (seen.kind === 'journal-violation') {
      this.#logger.error({ zone, sequence: seen.sequence, detail: seen.detail }, 'the journal is damaged');
    } else if (seen.kind === 'code-changed') {
      this.#logger.info({ zone, recorded: seen.recorded, running: seen.running }, 'the ruleset has changed');
    }
  }
}
