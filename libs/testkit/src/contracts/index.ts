export { type BlobsFixture, blobsContract } from './blobs-contract.ts';
export { type BusFixture, busContract } from './bus-contract.ts';
export { type ClockFixture, clockContract } from './clock-contract.ts';
export { type JournalFixture, journalContract } from './journal-contract.ts';
export { type LeasesFixture, leasesContract } from './leases-contract.ts';
