export { type SessionOptions, SESSION_DEFAULTS } from './options.ts';
export { SessionModule } from './session.module.ts';
