import { Controller, Inject } from '@nestjs/common';
import { type AnswerOf, persistenceCalls, type RequestOf } from '@overworld/contracts';
import { Serves } from '@overworld/platform';
import type { Accounts } from './accounts.ts';
import type { Characters } from './characters.ts';
import { orBusy } from './database-errors.ts';
import { ACCOUNTS, CHARACTERS } from './tokens.ts';

const { account, character } = persistenceCalls;

@Controller()
export class AccountsController {
  readonly #accounts: Accounts;
  readonly #characters: Characters;

  constructor(@Inject(ACCOUNTS) accounts: Accounts, @Inject(CHARACTERS) characters: Characters) {
    this.#accounts = accounts;
    this.#characters = characters;
  }

  @Serves(account.guest)
  guest({ username }: RequestOf<typeof account.guest>): Promise<AnswerOf<typeof account.guest>> {
    return orBusy(() => this.#accounts.guest(username));
  }

  @Serves(account.find)
  findAccount({ player }: RequestOf<typeof account.find>): Promise<AnswerOf<typeof account.find>> {
    return orBusy(async () => ({ account: await this.#accounts.find(player) }));
  }

  @Serves(character.find)
  findCharacter(request: RequestOf<typeof character.find>): Promise<AnswerOf<typeof character.find>> {
    const { player, world } = request;
    return orBusy(async () => ({ character: await this.#characters.find(player, world) }));
  }

  @Serves(character.list)
  listCharacters({ player }: RequestOf<typeof character.list>): Promise<AnswerOf<typeof character.list>> {
    return orBusy(async () => ({ characters: await this.#characters.list(player) }));
  }
}
