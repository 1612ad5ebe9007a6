import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The newest state of a zone that sleeps. */
@Entity({ name: 'zone_snapshots' })
export class ZoneSnapshotEntity {
  @PrimaryColumn({ type: 'varchar', length: 63 })
  zone!: string;

  @Column({ type: 'bigint' })
  tick!: string;

  @Column({ type: 'bigint' })
  epoch!: string;

  @Column({ name: 'journal_sequence', type: 'bigint' })
  journalSequence!: string;

  @Column({ name: 'code_hash', type: 'varchar', length: 64 })
  codeHash!: string;

  @Column({ type: 'varchar', length: 64 })
  hash!: string;

  @Column({ type: 'bytea' })
  bytes!: Buffer;

  @Column({ name: 'stored_at', type: 'timestamptz' })
  storedAt!: Date;
}
