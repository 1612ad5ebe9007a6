export { type Overworld, startOverworld } from './overworld.ts';
export { StartupError } from '@overworld/service';
