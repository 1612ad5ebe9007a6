/* A process for the tests: opens the local ports on a folder, says so, and holds them until it is killed. */
import { openLocalPorts } from '../local-ports.ts';

const ports = await openLocalPorts({ folder: process.argv[2] ?? '' });
await ports.leases.create('shards/old', new Uint8Array(1));
await ports.blobs.put('snapshot/a', new Uint8Array(1_000));
console.log('open');
setInterval(() => {}, 60_000);
