import { defineRuleset, type Player } from '@overworld/ruleset';
import { z } from 'zod';
import { components, effects, events, type ForestZone, KIND, record } from './components.ts';
import { moveCreature, setOut, spawnCreature } from './creatures.ts';
import { cancelErrand, follow, goTo, pursueErrand } from './errands.ts';
import { type Point, SIZE_M } from './forest-map.ts';
import { ForestTerrain } from './terrain.ts';
import { walk } from './walking.ts';

const PLAYERS = 250;
const CREATURES = 200;
const COINS = 400;
const COIN_REACH_M = 1.5;
const COIN_RESPAWN_S = 10;
const GATE_REACH_M = 3;
const GATE_EXIT_M = 9;
const GLADE_M = 10;
const GLADE_AROUND_M = 40;
const GLADE_CROWD = 8;
const HUES = 12;

/** A glade where company is, but no crowd: so friends meet, and two hundred players do not stand in one place. */
function chooseGlade(zone: ForestZone): Point {
  const { glades } = zone.derived.map;
  let best = glades[zone.random.places.int(glades.length)] as Point;
  let bestCount = 0;
  for (const glade of glades) {
    let count = 0;
    zone.players.each((player) => {
      const avatar = zone.players.avatar(player);
      if (avatar < 0) return;
      const dx = (zone.body.x[avatar] as number) - glade.x;
      const dy = (zone.body.y[avatar] as number) - glade.y;
      if (dx * dx + dy * dy < GLADE_AROUND_M * GLADE_AROUND_M) count++;
    });
    if (count > bestCount && count < GLADE_CROWD) [best, bestCount] = [glade, count];
  }
  return best;
}

function freePlace(zone: ForestZone, centre: Point, spreadM: number): Point {
  const { places } = zone.random;
  for (;;) {
    const x = centre.x + places.range(-spreadM, spreadM);
    const y = centre.y + places.range(-spreadM, spreadM);
    if (zone.derived.map.isFree(x, y)) return { x, y };
  }
}

function spawnCoin(zone: ForestZone): void {
  const { x, y } = freePlace(zone, { x: SIZE_M / 2, y: SIZE_M / 2 }, SIZE_M / 2);
  zone.spawn({ body: { x, y }, look: { kind: KIND.coin } });
}

function pickUpCoins(zone: ForestZone, player: Player, avatar: number): void {
  zone.near(zone.body.x[avatar] as number, zone.body.y[avatar] as number, COIN_REACH_M, (entity) => {
    if (!zone.alive(entity) || zone.look.kind[entity] !== KIND.coin) return;
    const coin = zone.stableId(entity);
    zone.destroy(entity);
    const coins = (zone.purse.coins[avatar] as number) + 1;
    zone.purse.coins[avatar] = coins;
    zone.effect('minted', { coin, amount: 1 }, player);
    zone.emit('picked', { coin, coins }, { player });
    zone.after(COIN_RESPAWN_S * 20, 'respawn');
  });
}

function passGate(zone: ForestZone, player: Player, avatar: number): void {
  const { gate } = zone.derived.map;
  if (gate === undefined) return;
  const dx = gate.x - (zone.body.x[avatar] as number);
  const dy = gate.y - (zone.body.y[avatar] as number);
  if (dx * dx + dy * dy > GATE_REACH_M * GATE_REACH_M) return;
  cancelErrand(zone, avatar);
  zone.handoff(player, gate.to);
}

/** A square kilometre of forest: creatures that wander, coins to pick up, and a gate to the next forest. */
export const forest = defineRuleset({
  name: 'forest',
  tickHz: 20,
  capacity: { players: PLAYERS, entities: PLAYERS + CREATURES + COINS + 64 },
  gap: { policy: 'catch-up', maxTicks: 1200 },
  components,
  record,
  streams: ['places', 'wander'],
  timers: ['wander', 'respawn'],
  interest: { position: ['body', 'x', 'y'], radius: 100, rings: [0.5, 0.8] },
  inputs: {
    move: {
      schema: z.object({ dx: z.int().min(-100).max(100), dy: z.int().min(-100).max(100) }),
      policy: 'latest',
    },
    go: {
      schema: z.object({ x: z.number().min(0).max(SIZE_M), y: z.number().min(0).max(SIZE_M) }),
      policy: 'latest',
    },
    follow: { schema: z.object({ name: z.string().min(1).max(24) }), policy: 'latest' },
    say: { schema: z.object({ text: z.string().min(1).max(200) }), policy: 'all' },
  },
  events,
  effects,
  derive: (params: unknown) => new ForestTerrain(params),
  create(zone) {
    for (let count = 0; count < CREATURES; count++) spawnCreature(zone);
    for (let count = 0; count < COINS; count++) spawnCoin(zone);
  },
  join(zone, player) {
    const { x, y } = freePlace(zone, chooseGlade(zone), GLADE_M);
    return zone.spawn({
      body: { x, y },
      look: { kind: KIND.player, hue: zone.random.places.int(HUES), name: zone.players.name(player) },
      intent: {},
      errand: {},
      purse: {},
    });
  },
  arrive(zone, player) {
    const avatar = zone.players.avatar(player);
    const { gate, glades } = zone.derived.map;
    const at = gate ? { x: gate.x, y: gate.y + GATE_EXIT_M } : (glades[0] as Point);
    zone.body.x[avatar] = at.x;
    zone.body.y[avatar] = at.y;
    zone.intent.dx[avatar] = 0;
    zone.intent.dy[avatar] = 0;
  },
  input: {
    move(zone, player, value) {
      const avatar = zone.players.avatar(player);
      if (!zone.predicting) cancelErrand(zone, avatar);
      zone.intent.dx[avatar] = value.dx;
      zone.intent.dy[avatar] = value.dy;
    },
    go: (zone, player, value) => goTo(zone, zone.players.avatar(player), value.x, value.y),
    follow: (zone, player, value) => follow(zone, zone.players.avatar(player), value.name),
    say: (zone, player, value) => zone.emit('said', { name: zone.players.name(player), text: value.text }),
  },
  timer: {
    wander: (zone, entity) => setOut(zone, entity),
    respawn: (zone) => spawnCoin(zone),
  },
  tick(zone) {
    zone.record.plans = 0;
    zone.each('creature', (entity) => moveCreature(zone, entity));
    zone.players.each((player) => {
      const avatar = zone.players.avatar(player);
      if (avatar < 0) return;
      if (zone.players.isConnected(player)) pursueErrand(zone, avatar);
      else zone.intent.dx[avatar] = zone.intent.dy[avatar] = 0;
      walk(zone, avatar);
      if (!zone.congested) pickUpCoins(zone, player, avatar);
      passGate(zone, player, avatar);
    });
  },
  predict: { inputs: ['move'], components: ['body', 'intent'], step: walk },
});
