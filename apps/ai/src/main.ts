import { randomBytes } from 'node:crypto';
import { aiConfig } from '@overworld/config';
import { runService } from '@overworld/service/process';
import { AiModule } from './ai.module.ts';

runService(aiConfig, {
  name: 'ai',
  instance: () => `ai-${randomBytes(4).toString('hex')}`,
  module: () => ({ module: AiModule }),
  stopTimeoutMs: 5_000,
});
