// @ts-check
// Started by the peers' programs, in their folder and without flags: the compiler is loaded, and finds its settings, here.

import path from 'node:path';

const startedIn = process.cwd();
process.chdir(path.resolve(import.meta.dirname, '../..'));
// What node itself writes at the end, such as a profile, belongs where it was asked for.
process.once('exit', () => process.chdir(startedIn));
const { register } = await import('tsx/esm/api');
register();
await import('./cluster-server.ts');
