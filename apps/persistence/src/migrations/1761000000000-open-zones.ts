import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages of the zones that are open, and how many somebody has, without a look at those that were closed before. */
export class OpenZones1761000000000 implements MigrationInterface {
  readonly name = 'OpenZones1761000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX zones_by_world');
    await runner.query(
      'CREATE INDEX zones_open_by_number ON zones (world, zone_number) WHERE closed_at IS NULL',
    );
    await runner.query(
      "CREATE INDEX zones_open_by_owner ON zones (world, (params->>'owner')) WHERE closed_at IS NULL",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX zones_open_by_owner');
    await runner.query('DROP INDEX zones_open_by_number');
    await runner.query('CREATE INDEX zones_by_world ON zones (world)');
  }
}
