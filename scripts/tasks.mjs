// @ts-check

/**
 * @typedef {object} Task
 * @property {string} about one line for the list of tasks
 * @property {readonly string[]} command a file of this checkout and its first arguments
 */

/** @type {Readonly<Record<string, Task>>} */
const tasks = {
  start: { about: 'the server: all services in one process', command: ['apps/overworld/src/main.ts'] },
  test: { about: 'every check and test; names of steps run only those', command: ['scripts/test.mjs'] },
  unit: {
    about: 'the unit tests of the files or folders that are named',
    command: ['node_modules/vitest/vitest.mjs', 'run', '--project=unit'],
  },
  bots: { about: 'players without people, against a running server', command: ['apps/bots/src/main.ts'] },
  'new-ruleset': { about: 'a new game in games/<name>', command: ['scripts/new-ruleset.mjs'] },
  'verify-journal': {
    about: 'replays every journal of a data folder and compares the hashes',
    command: ['apps/overworld/src/verify-journal.ts'],
  },
  replay: { about: 'replays one zone up to a tick', command: ['apps/overworld/src/replay.ts'] },
  cluster: {
    about: 'a whole cluster on this machine: NATS, Redis, PostgreSQL, every service a process',
    command: ['apps/cluster/src/main.ts'],
  },
  overworld: {
    about: 'what an operator asks of a cluster: where zones run, and to move them',
    command: ['apps/overworld/src/operator.ts'],
  },
  chaos: {
    about: 'breaks a cluster in every way while bots play, and checks that nothing is lost',
    command: ['test/chaos/chaos.ts'],
  },
  'crash-loop': {
    about: 'kills the server again and again while bots play',
    command: ['test/crash/crash-loop.ts'],
  },
  sim: {
    about: 'simulated worlds with lossy networks and crashing owners, from seeds',
    command: ['test/simulator/main.ts'],
  },
  screenshots: { about: 'the pictures of the documentation', command: ['test/e2e/screenshots.ts'] },
  bench: { about: 'the benchmarks; words select some by path', command: ['scripts/bench.mjs'] },
  typecheck: { about: 'the type checker', command: ['scripts/test.mjs', 'types', 'purity'] },
  lint: { about: 'the linter and the style tests', command: ['scripts/test.mjs', 'lint', 'style'] },
  format: {
    about: 'brings every file into the one layout',
    command: ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', '.'],
  },
  boundaries: { about: 'who may import whom', command: ['scripts/test.mjs', 'boundaries'] },
  'dead-code': {
    about: 'files, exports and dependencies that nothing uses',
    command: ['scripts/test.mjs', 'dead-code'],
  },
};

/** @param {string} name */
export function findTask(name) {
  return Object.hasOwn(tasks, name) ? tasks[name] : undefined;
}

/** @returns {string} */
export function describeTasks() {
  const lines = Object.entries(tasks).map(([name, task]) => `  ${name.padEnd(16)} ${task.about}`);
  return `Usage: npm run <task> [-- arguments]\n\n${lines.join('\n')}\n`;
}
