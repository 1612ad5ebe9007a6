/** Starts both servers in the folder that is its argument, says their process ids, and waits to be killed. */
import { startNats } from '../nats.ts';
import { startRedis } from '../redis.ts';

const folder = process.argv[2] ?? '';
const [nats, redis] = await Promise.all([startNats({ folder }), startRedis({ folder })]);
process.stdout.write(`${nats.servers[0]?.pid} ${redis.pid}\n`);
setInterval(() => {}, 60_000);
