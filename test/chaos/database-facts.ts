import pg from 'pg';

export interface LedgerRow {
  readonly zone: string;
  readonly sequence: number;
  readonly kind: string;
  readonly player: string | null;
  readonly payload: unknown;
}

export interface AppliedRow {
  readonly zone: string;
  readonly sequence: number;
  readonly kind: string;
  readonly outcome: string;
}

export interface CharacterRow {
  readonly player: string;
  readonly zone: string;
  readonly entityEpoch: number;
  readonly coins: number;
}

/** What persistence has made of the effects. */
export interface DatabaseFacts {
  readonly ledger: readonly LedgerRow[];
  readonly applied: readonly AppliedRow[];
  readonly characters: readonly CharacterRow[];
}

export async function readDatabase(url: string): Promise<DatabaseFacts> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const ledger = await client.query<LedgerRow>(
      'SELECT zone, sequence::int, kind, player, payload FROM ledger ORDER BY id',
    );
    const applied = await client.query<AppliedRow>(
      'SELECT zone, sequence::int, kind, outcome FROM applied_effects ORDER BY zone, sequence',
    );
    const characters = await client.query<{
      readonly player: string;
      readonly zone: string;
      readonly epoch: number;
      readonly kept: Buffer;
    }>("SELECT player, zone, entity_epoch::int AS epoch, kept FROM characters WHERE world = 'forest'");
    return {
      ledger: ledger.rows,
      applied: applied.rows,
      characters: characters.rows.map(({ player, zone, epoch, kept }) => ({
        player,
        zone,
        entityEpoch: epoch,
        coins: coinsOf(kept),
      })),
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function coinsOf(kept: Buffer): number {
  const { purse } = JSON.parse(kept.toString('utf8')) as { readonly purse?: { readonly coins?: number } };
  return purse?.coins ?? 0;
}
