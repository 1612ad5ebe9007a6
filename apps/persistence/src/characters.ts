import type { StoredCharacter } from '@overworld/contracts';
import type { DataSource } from 'typeorm';
import { CharacterEntity } from './entities/character.entity.ts';

/** Characters are read here; they are written by effects alone. */
export class Characters {
  readonly #database: DataSource;

  constructor(database: DataSource) {
    this.#database = database;
  }

  async find(player: string, world: string): Promise<StoredCharacter | null> {
    const found = await this.#database.getRepository(CharacterEntity).findOneBy({ player, world });
    return found === null ? null : toStored(found);
  }

  /** The last saved first. */
  async list(player: string): Promise<StoredCharacter[]> {
    const found = await this.#database
      .getRepository(CharacterEntity)
      .find({ where: { player }, order: { savedAt: 'DESC', world: 'ASC' } });
    return found.map(toStored);
  }
}

function toStored(entity: CharacterEntity): StoredCharacter {
  const { player, world, zone, name, hasLeft } = entity;
  return {
    player,
    world,
    zone,
    name,
    entityEpoch: Number(entity.entityEpoch),
    left: hasLeft,
    kept: JSON.parse(entity.kept.toString('utf8')) as StoredCharacter['kept'],
    savedAtMs: entity.savedAt.getTime(),
  };
}
