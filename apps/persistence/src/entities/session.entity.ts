import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { AccountEntity } from './account.entity.ts';

/** A login, from its start to at most four hours later. */
@Entity({ name: 'sessions' })
export class SessionEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string;

  @Index('sessions_by_player')
  @Column({ type: 'char', length: 16 })
  player!: string;

  @ManyToOne(() => AccountEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'player', foreignKeyConstraintName: 'sessions_player' })
  account!: AccountEntity;

  @Column({ name: 'ends_at', type: 'timestamptz' })
  endsAt!: Date;

  /** Why it ended before its time; null while it did not. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  revoked!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
