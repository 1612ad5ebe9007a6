import { blobsContract, busContract, journalContract, leasesContract } from '@overworld/testkit/contracts';
import { afterAll, beforeAll } from 'vitest';
import { busFixture, startTestNats, type TestNats } from './test-nats.ts';

let nats: TestNats;
beforeAll(async () => {
  nats = await startTestNats();
});
afterAll(() => nats.close());

async function emptied() {
  const ports = await nats.open();
  await nats.empty();
  return ports;
}

busContract('NatsBus on one server', () => busFixture(nats));

journalContract('NatsJournal on one server', async () => {
  const { journal, close } = await emptied();
  const { journal: other, close: closeOther } = await nats.open();
  return {
    journal,
    other,
    close: async () => {
      await close();
      await closeOther();
    },
  };
});

leasesContract('NatsLeases on one server', emptied);

blobsContract('NatsBlobs on one server', emptied);
