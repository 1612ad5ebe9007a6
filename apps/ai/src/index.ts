export { AiModule } from './ai.module.ts';
