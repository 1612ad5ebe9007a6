import { busFixture, startTestNats, type TestNats } from '@overworld/cluster/test-nats';
import { blobsContract, busContract, journalContract, leasesContract } from '@overworld/testkit/contracts';
import { afterAll, beforeAll } from 'vitest';

let nats: TestNats;
beforeAll(async () => {
  nats = await startTestNats(3);
});
afterAll(() => nats.close());

/** The other connection goes to another server. */
async function emptied() {
  const [first, second] = nats.servers.urls;
  const here = await nats.open({ servers: [first ?? ''] });
  const there = await nats.open({ servers: [second ?? ''] });
  await nats.empty();
  const close = async () => {
    await here.close();
    await there.close();
  };
  return { ...here, other: there.journal, close };
}

busContract('NatsBus on three servers', () => busFixture(nats));
journalContract('NatsJournal on three servers', emptied);
leasesContract('NatsLeases on three servers', emptied);
blobsContract('NatsBlobs on three servers', emptied);
