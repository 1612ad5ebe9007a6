import { FakeBlobs } from '../fake-blobs.ts';
import { FakeBus } from '../fake-bus.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeJournal } from '../fake-journal.ts';
import { FakeLeases } from '../fake-leases.ts';
import { blobsContract } from './blobs-contract.ts';
import { busContract } from './bus-contract.ts';
import { clockContract } from './clock-contract.ts';
import { journalContract } from './journal-contract.ts';
import { leasesContract } from './leases-contract.ts';

busContract('FakeBus', async () => {
  const bus = new FakeBus();
  const peer = bus.port('peer');
  const close = async () => {
    await bus.close();
    await peer.close();
  };
  return { bus, peer, close };
});

journalContract('FakeJournal', async () => {
  const journal = new FakeJournal();
  return { journal, other: journal.port(), close: async () => {} };
});

blobsContract('FakeBlobs', async () => ({ blobs: new FakeBlobs(), close: async () => {} }));

clockContract('FakeClock', () => {
  const clock = new FakeClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

leasesContract('FakeLeases', async () => ({ leases: new FakeLeases(), close: async () => {} }));
