import pg from 'pg';
import { startPostgres } from '../../apps/overworld/src/postgres/index.ts';
import type { CoinBot } from './coin-bot.ts';

interface MintedRow {
  readonly player: string;
  readonly coin: string;
}

/** Reads what persistence applied, from the data folder of a server that is stopped. */
export async function readMinted(data: string): Promise<MintedRow[]> {
  const postgres = await startPostgres({ folder: data });
  const client = new pg.Client({ connectionString: postgres.url });
  try {
    await client.connect();
    const { rows } = await client.query<MintedRow>(
      "select player, payload->>'coin' as coin from ledger where kind = 'minted'",
    );
    return rows;
  } finally {
    await client.end().catch(() => undefined);
    await postgres.stop();
  }
}

export interface CoinVerdict {
  readonly minted: number;
  readonly told: number;
  readonly problems: readonly string[];
}

/**
 * Holds what the players were told against the ledger: every coin told of is there exactly once, for that player; no coin
 * is there twice; every player's purse is the number of that player's coins.
 */
export function compareCoins(rows: readonly MintedRow[], bots: readonly CoinBot[]): CoinVerdict {
  const problems: string[] = [];
  const owners = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { coin, player } of rows) {
    if (owners.has(coin)) problems.push(`coin ${coin} is in the ledger twice`);
    owners.set(coin, player);
    counts.set(player, (counts.get(player) ?? 0) + 1);
  }
  let told = 0;
  for (const bot of bots) {
    told += bot.told.length;
    for (const coin of bot.told) {
      if (owners.get(coin) !== bot.player)
        problems.push(`${bot.name} was told of coin ${coin}, which is not its own`);
    }
    if (new Set(bot.told).size !== bot.told.length) problems.push(`${bot.name} was told of a coin twice`);
    const inLedger = counts.get(bot.player) ?? 0;
    if (bot.shownPurse !== inLedger) {
      problems.push(`${bot.name} holds ${bot.shownPurse} coins, the ledger has ${inLedger}`);
    }
    if (bot.purse > inLedger)
      problems.push(`${bot.name} was told of ${bot.purse} coins, the ledger has ${inLedger}`);
  }
  return { minted: rows.length, told, problems };
}
