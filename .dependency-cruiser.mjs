// @ts-check
// Who may import whom. The levels are those of the design: imports go strictly downward, and from one package to another
// only through a front door, which is a file that the package's `exports` names.

import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** @type {Record<string, number>} */
const levels = {
  kernel: 0,
  state: 1,
  protocol: 1,
  ports: 1,
  contracts: 1,
  replication: 2,
  ruleset: 2,
  zone: 3,
  client: 3,
  rulesets: 3,
  cluster: 4,
  config: 4,
  telemetry: 4,
  servers: 4,
};

/** @type {Record<string, string[]>} imports within one level: a library that is described in terms of another */
const sideways = { contracts: ['protocol'], replication: ['ruleset'] };

const pureLibs = Object.keys(levels).filter((name) => Number(levels[name]) < 4);
/** Tests and what only they use: files with a test suffix, `test` and `spec` folders, files that begin with `test-`. */
const testFiles = '[.](spec|sim|bench)[.]ts$|/(test|spec|bench)/|/test-[^/]+[.]ts$';
const pureSources = `^(libs/(${pureLibs.join('|')})|games)/`;
// A stand-alone program that strangers run: nothing imports it.
const vectorDecoder = '^libs/protocol/vectors/decode[.]mjs$';
const clientEdges = '^libs/client/src/(browser|node|socket-io|web-ports)[.]ts$';

/** @param {string} parent */
const packagesIn = (parent) =>
  (existsSync(parent) ? readdirSync(parent) : [])
    .map((name) => `${parent}/${name}`)
    .filter((folder) => existsSync(`${folder}/package.json`));

const packages = ['libs', 'libs/rulesets', 'apps', 'games'].flatMap(packagesIn);

/**
 * @param {string} folder
 * @returns {string} a pattern for the files that other packages may import
 */
function frontDoors(folder) {
  const { exports = {} } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const files = (typeof exports === 'string' ? [exports] : Object.values(exports)).filter(
    (file) => typeof file === 'string',
  );
  return `^${folder}/(${files.map((file) => pattern(file.replace(/^[.][/]/, ''))).join('|')})$`;
}

/** @param {string} file a path of `exports`, which may hold a star */
function pattern(file) {
  return file.replaceAll('.', '[.]').replaceAll('*', '[^/]+');
}

const layerRules = Object.entries(levels).map(([name, level]) => {
  const allowed = Object.keys(levels).filter((other) => Number(levels[other]) < level);
  const own = name === 'rulesets' ? '^libs/rulesets/$1/' : `^libs/${name}/`;
  return {
    name: `layer-${name}`,
    comment: `libs/${name} is level ${level}: it may import ${allowed.join(', ') || 'nothing'}.`,
    severity: 'error',
    from: { path: name === 'rulesets' ? '^libs/rulesets/([^/]+)/' : own, pathNot: testFiles },
    to: {
      path: '^(libs|apps|games|test|scripts|bench)/',
      pathNot: [own, ...[...allowed, ...(sideways[name] ?? [])].map((other) => `^libs/${other}/`)],
    },
  };
});

const frontDoorRules = packages.flatMap((folder) => [
  {
    name: `front-door-${folder}`,
    comment: `${folder} is imported by its package name, through a file that its package.json exports.`,
    severity: 'error',
    from: { pathNot: [`^${folder}/`, '^scripts/'] },
    to: { path: `^${folder}/`, pathNot: frontDoors(folder) },
  },
  {
    name: `own-index-${folder}`,
    comment: 'Inside a package import the file itself: going through the index makes cycles.',
    severity: 'error',
    from: { path: `^${folder}/src/`, pathNot: [frontDoors(folder), testFiles, '/main[.]ts$'] },
    to: { path: `^${folder}/src/index[.]ts$` },
  },
  {
    name: `own-folder-index-${folder}`,
    comment: "Inside a folder import the file itself: going through the folder's index makes cycles.",
    severity: 'error',
    from: { path: `^${folder}/src/([^/]+)/`, pathNot: [frontDoors(folder), testFiles] },
    to: { path: `^${folder}/src/$1/index[.]ts$` },
  },
]);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: /** @type {any} */ ([
    ...layerRules,
    ...frontDoorRules,
    {
      name: 'no-cycle',
      comment:
        'Two files that need each other are one file, or lack a third. (Type imports are gone before anything runs.)',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '[?]|^virtual:' },
    },
    {
      name: 'pure-no-node',
      comment: 'Levels 0 to 3 run in the browser as they are: no Node modules.',
      severity: 'error',
      from: { path: pureSources, pathNot: [testFiles, clientEdges, vectorDecoder] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-no-package',
      comment:
        'Levels 0 to 3 use no packages but zod, where a type, its validation and its documentation are one.',
      severity: 'error',
      from: { path: pureSources, pathNot: [testFiles, clientEdges] },
      to: { path: 'node_modules/', pathNot: 'node_modules/zod/' },
    },
    {
      name: 'zod-where-described',
      comment: 'zod describes messages, rulesets and configuration; the hot path below has none.',
      severity: 'error',
      from: { path: '^libs/(kernel|state|protocol|ports|replication|zone|client)/', pathNot: testFiles },
      to: { path: 'node_modules/zod/' },
    },
    {
      name: 'client-core-without-sockets',
      comment: "The client's core takes its socket and clock as ports.",
      severity: 'error',
      from: { path: '^libs/client/src/index[.]ts$' },
      to: { path: 'node_modules/(socket[.]io-client|ws)/', reachable: true },
    },
    {
      name: 'embedded-without-nats',
      comment:
        'What runs in one process does not load the NATS client: the ports on NATS have a door of their own.',
      severity: 'error',
      from: { path: '^libs/cluster/src/index[.]ts$' },
      to: { path: 'node_modules/@nats-io/', reachable: true },
    },
    {
      name: 'nest-in-server-apps',
      comment: '@nestjs/* appears in the server apps alone.',
      severity: 'error',
      from: { path: '^(libs|games|apps/(web|bots))/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'testkit-in-tests',
      comment: 'The test kit is for tests only.',
      severity: 'error',
      from: { path: '^(libs|apps|games)/', pathNot: ['^libs/testkit/', testFiles] },
      to: { path: '^libs/testkit/' },
    },
    {
      name: 'testkit-knows-no-app',
      comment: 'The test kit serves the libraries; it knows no app.',
      severity: 'error',
      from: { path: '^libs/testkit/' },
      to: { path: '^apps/' },
    },
    {
      name: 'games-use-the-ruleset-api',
      comment: 'A game is pure: it imports the ruleset API, the kernel and its own files.',
      severity: 'error',
      from: { path: '^games/([^/]+)/', pathNot: testFiles },
      to: { path: '^(libs|apps|games)/', pathNot: ['^libs/(ruleset|kernel)/', '^games/$1/'] },
    },
    {
      name: 'apps-apart',
      comment: 'Services talk through messages; only the embedded form and the launcher bind them together.',
      severity: 'error',
      from: { path: '^apps/(?!overworld/|cluster/)([^/]+)/', pathNot: testFiles },
      to: { path: '^apps/', pathNot: ['^apps/$1/', '^apps/(platform|service)/', '^apps/web/build[.]ts$'] },
    },
    {
      name: 'browser-knows-no-server',
      comment: 'What runs in the browser imports the client, rulesets and what lies below them.',
      severity: 'error',
      from: { path: '^apps/web/', pathNot: ['vite[.]config', testFiles] },
      to: { path: '^libs/(cluster|config|telemetry|zone|contracts)/' },
    },
    {
      name: 'sql-in-persistence',
      comment: 'Persistence is the only writer of Postgres.',
      severity: 'error',
      from: { pathNot: ['^apps/(persistence|overworld)/', '^test/', testFiles] },
      to: { path: 'node_modules/(typeorm|pg|@nestjs/typeorm)/' },
    },
  ]),
  options: {
    doNotFollow: { path: 'node_modules/(?!@overworld/)' },
    exclude: { path: '(^|/)(dist|coverage|[.]runtime|[.]data|[.]cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.mts', '.mjs', '.js', '.json', '.d.ts'],
    },
    skipAnalysisNotInRules: true,
  },
};
