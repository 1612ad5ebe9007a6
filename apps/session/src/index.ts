export { type SessionOptions, sessionOptions } from './options.ts';
export { SessionModule } from './session.module.ts';
