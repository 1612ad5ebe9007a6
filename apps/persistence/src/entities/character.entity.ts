import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a player keeps in a world: written by effects of its zones, and by nothing else. */
@Entity({ name: 'characters' })
export class CharacterEntity {
  @PrimaryColumn({ type: 'char', length: 16 })
  player!: string;

  @PrimaryColumn({ type: 'varchar', length: 63 })
  world!: string;

  @Column({ type: 'varchar', length: 63 })
  zone!: string;

  @Column({ type: 'varchar', length: 96 })
  name!: string;

  /** A save with a lower number comes from a zone that the player had left: it changes nothing. */
  @Column({ name: 'entity_epoch', type: 'bigint' })
  entityEpoch!: string;

  @Column({ name: 'has_left', type: 'boolean' })
  hasLeft!: boolean;

  /** The kept components as JSON in UTF-8; the database has no need to look inside. */
  @Column({ type: 'bytea' })
  kept!: Buffer;

  @Column({ name: 'saved_at', type: 'timestamptz' })
  savedAt!: Date;
}
