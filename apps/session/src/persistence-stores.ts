import { isRefusal, persistenceCalls, type Refusal } from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import { encodeCharacter } from '@overworld/ruleset';
import type {
  ListedZones,
  NewSession,
  NewZone,
  RegisteredPage,
  RegisteredZone,
  RotateOutcome,
  SessionStores,
  StoredCharacter,
  StoredSession,
} from './stores.ts';

const { account, session, character, zone } = persistenceCalls;

/** The stores that the persistence service keeps in the database. */
export class PersistenceStores implements SessionStores {
  readonly #services: ServiceCaller;

  constructor(services: ServiceCaller) {
    this.#services = services;
  }

  guest(name: string): Promise<{ player: string; name: string } | Refusal> {
    return this.#services.call(account.guest, { username: name });
  }

  createSession(created: NewSession): Promise<{ created: true } | Refusal> {
    return this.#services.call(session.create, created);
  }

  async findSession(sessionId: string): Promise<StoredSession | Refusal> {
    const answer = await this.#services.call(session.find, { sessionId });
    if (isRefusal(answer)) return answer;
    const found = answer.session;
    if (found === null) return { refused: 'unauthorized', detail: 'there is no such session' };
    return { ...found, revoked: found.revoked !== null };
  }

  rotate(sessionId: string, oldHash: string, newHash: string): Promise<RotateOutcome | Refusal> {
    return this.#services.call(session.rotate, { sessionId, oldHash, newHash });
  }

  revoke(sessionId: string, reason: string): Promise<{ revoked: boolean } | Refusal> {
    return this.#services.call(session.revoke, { sessionId, reason });
  }

  async findCharacter(player: string, world: string): Promise<StoredCharacter | Refusal> {
    const answer = await this.#services.call(character.find, { player, world });
    if (isRefusal(answer)) return answer;
    const found = answer.character;
    if (found === null) return { character: '', hasLeft: true };
    const { entityEpoch, kept, left: hasLeft } = found;
    const bytes = encodeCharacter({ entityEpoch, kept: kept as never });
    return { character: Buffer.from(bytes).toString('base64'), hasLeft };
  }

  async registerZone(registering: NewZone): Promise<RegisteredZone | Refusal> {
    const params = registering.params as never;
    const answer = await this.#services.call(zone.register, { ...registering, params });
    return isRefusal(answer) ? answer : answer.zone;
  }

  async findZone(id: string): Promise<RegisteredZone | Refusal> {
    const answer = await this.#services.call(zone.find, { zone: id });
    if (isRefusal(answer)) return answer;
    return answer.zone ?? { refused: 'unknown-zone', detail: `there is no zone ${id}` };
  }

  listZones(world: string, page: RegisteredPage): Promise<ListedZones | Refusal> {
    return this.#services.call(zone.list, { world, ...page });
  }

  countOwned(world: string, owner: string): Promise<{ count: number } | Refusal> {
    return this.#services.call(zone.countOwned, { world, owner });
  }

  closeZone(id: string): Promise<{ closed: boolean } | Refusal> {
    return this.#services.call(zone.close, { zone: id });
  }
}
