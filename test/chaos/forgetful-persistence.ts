/*
 * Loaded before the persistence service of a run that has to go red: a save of a character counts whatever its entity epoch,
 * so that an older one that comes late takes the place of a newer one. The service itself knows nothing of it.
 */
import { EntityManager } from 'typeorm';

const CONDITION = /WHERE characters\.entity_epoch <= excluded\.entity_epoch/;
const query = EntityManager.prototype.query;

EntityManager.prototype.query = function forgetful(this: EntityManager, text: string, ...rest: unknown[]) {
  return (query as (this: EntityManager, ...args: unknown[]) => Promise<never>).call(
    this,
    text.replace(CONDITION, ''),
    ...rest,
  );
};
