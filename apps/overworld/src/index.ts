export { type Overworld, startOverworld } from './overworld.ts';
export { StartupError } from './startup-error.ts';
