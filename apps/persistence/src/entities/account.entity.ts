import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** Who a player is. The rest of the system knows the pseudonym alone. */
@Entity({ name: 'accounts' })
export class AccountEntity {
  /** 16 hexadecimal digits. */
  @PrimaryColumn({ type: 'char', length: 16 })
  player!: string;

  @Column({ type: 'varchar', length: 96 })
  name!: string;

  /** The name as it is compared: two that differ in case alone are one. */
  @Column({ name: 'name_key', type: 'varchar', length: 192, unique: true })
  nameKey!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
