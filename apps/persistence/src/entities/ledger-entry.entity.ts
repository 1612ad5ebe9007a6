import {
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';
import { AppliedEffectEntity } from './applied-effect.entity.ts';

/** What a ruleset asked the outside to remember: things minted and spent, results, scores. Never changed. */
@Entity({ name: 'ledger' })
@Unique('ledger_effect', ['zone', 'sequence'])
export class LedgerEntryEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  @Column({ type: 'varchar', length: 63 })
  zone!: string;

  @Column({ type: 'bigint' })
  sequence!: string;

  @ManyToOne(() => AppliedEffectEntity)
  @JoinColumn([
    { name: 'zone', referencedColumnName: 'zone', foreignKeyConstraintName: 'ledger_applied_effect' },
    { name: 'sequence', referencedColumnName: 'sequence', foreignKeyConstraintName: 'ledger_applied_effect' },
  ])
  effect!: AppliedEffectEntity;

  @Column({ type: 'varchar', length: 63 })
  world!: string;

  @Index('ledger_by_kind')
  @Column({ type: 'varchar', length: 64 })
  kind!: string;

  @Index('ledger_by_player')
  @Column({ type: 'char', length: 16, nullable: true })
  player!: string | null;

  /** The tick of the zone at which it happened. */
  @Column({ type: 'bigint' })
  tick!: string;

  @Column({ type: 'json' })
  payload!: unknown;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
