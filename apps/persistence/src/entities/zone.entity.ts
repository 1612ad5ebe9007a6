import { Column, CreateDateColumn, Entity, Generated, Index, PrimaryColumn } from 'typeorm';

/** The index of owners is over an expression, which an entity cannot name: it stands in its migration alone. */
const BY_OWNER = 'zones_open_by_owner';

/** A zone as it was registered first; its number is never given to another. */
@Entity({ name: 'zones' })
@Index('zones_open_by_number', ['world', 'zoneNumber'], { where: 'closed_at IS NULL' })
@Index(BY_OWNER, { synchronize: false })
export class ZoneEntity {
  @PrimaryColumn({ type: 'varchar', length: 63 })
  id!: string;

  @Column({ name: 'zone_number', type: 'integer', unique: true })
  @Generated('increment')
  zoneNumber!: number;

  @Column({ type: 'varchar', length: 63 })
  world!: string;

  @Column({ type: 'varchar', length: 63 })
  ruleset!: string;

  @Column({ type: 'varchar', length: 64 })
  seed!: string;

  @Column({ type: 'json' })
  params!: unknown;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'closed_at', type: 'timestamptz', nullable: true })
  closedAt!: Date | null;
}
