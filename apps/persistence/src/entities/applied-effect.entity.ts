import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/**
 * The proof that an effect was applied, written in the transaction that applied it. Its key is the effect's identity: a
 * second application cannot commit.
 */
@Entity({ name: 'applied_effects' })
export class AppliedEffectEntity {
  @PrimaryColumn({ type: 'varchar', length: 63 })
  zone!: string;

  @PrimaryColumn({ type: 'bigint' })
  sequence!: string;

  @Column({ type: 'varchar', length: 64 })
  kind!: string;

  /** `applied`, `superseded` by a newer save, or `refused` because it is no effect that the database can have. */
  @Column({ type: 'varchar', length: 16 })
  outcome!: string;

  @Column({ type: 'varchar', length: 200 })
  detail!: string;

  @CreateDateColumn({ name: 'applied_at', type: 'timestamptz' })
  appliedAt!: Date;
}
