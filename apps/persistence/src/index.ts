export type { DatabaseOptions } from './database.ts';
export { PersistenceModule } from './persistence.module.ts';
