// @ts-check
// Started by the peers' programs, in their folder and without flags: the compiler is loaded, and finds its settings, here.

import path from 'node:path';

process.chdir(path.resolve(import.meta.dirname, '../..'));
const { register } = await import('tsx/esm/api');
register();
await import('./cluster-server.ts');
