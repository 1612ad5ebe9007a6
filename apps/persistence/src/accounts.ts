import { randomBytes } from 'node:crypto';
import type { Account } from '@overworld/contracts';
import type { DataSource } from 'typeorm';
import { AccountEntity } from './entities/account.entity.ts';

const PLAYER_ID_BYTES = 8;

/** Names that differ in case, or in how Unicode spells them, are the same. */
function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

export class Accounts {
  readonly #database: DataSource;

  constructor(database: DataSource) {
    this.#database = database;
  }

  /** The account of this name, made when there is none; of two who ask at once, both get the same. */
  async guest(username: string): Promise<Account> {
    const key = nameKey(username);
    const repository = this.#database.getRepository(AccountEntity);
    const known = await repository.findOneBy({ nameKey: key });
    if (known !== null) return { player: known.player, name: known.name };
    const player = randomBytes(PLAYER_ID_BYTES).toString('hex');
    await this.#database.query(
      'INSERT INTO accounts (player, name, name_key) VALUES ($1, $2, $3) ON CONFLICT (name_key) DO NOTHING',
      [player, username, key],
    );
    const made = await repository.findOneByOrFail({ nameKey: key });
    return { player: made.player, name: made.name };
  }

  async find(player: string): Promise<Account | null> {
    const found = await this.#database.getRepository(AccountEntity).findOneBy({ player });
    return found === null ? null : { player: found.player, name: found.name };
  }
}
