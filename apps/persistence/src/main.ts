import { randomBytes } from 'node:crypto';
import { persistenceConfig } from '@overworld/config';
import { runService } from '@overworld/service/process';
import { PersistenceModule } from './persistence.module.ts';

runService(persistenceConfig, {
  name: 'persistence',
  instance: () => `persistence-${randomBytes(4).toString('hex')}`,
  module({ persistence }) {
    const { databaseUrl, databaseConnections: connections, databaseCa } = persistence;
    return PersistenceModule.forRoot({ databaseUrl, connections, caFile: databaseCa });
  },
  stopTimeoutMs: 10_000,
});
