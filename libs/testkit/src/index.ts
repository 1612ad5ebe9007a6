export { FakeBlobs } from './fake-blobs.ts';
export { FakeBus, type FakeBusOptions } from './fake-bus.ts';
export { FakeClock, hostClock, settle } from './fake-clock.ts';
export { FakeJournal, type FakeJournalOptions, type JournalFault } from './fake-journal.ts';
export { FakeLeases } from './fake-leases.ts';
export { FakeRandom } from './fake-random.ts';
export {
  CREATURE_SPEED,
  GLADE_EPSILON,
  GLADE_RADIUS,
  GLADE_STEP,
  gladeRuleset,
} from './glade.ts';
export { sampleRuleset } from './sample-ruleset.ts';
export { type Boundary, eventKey, FinalFacts, type PlayerFact, playersOf } from './final-facts.ts';
export { playerId, type Told, tellingEncoder, ZoneRig } from './zone-rig.ts';
