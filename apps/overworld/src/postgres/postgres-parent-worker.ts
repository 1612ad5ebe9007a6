/* A process for the tests: starts PostgreSQL in a folder, tells its address or why it could not, and holds it. */
import { startPostgres } from './postgres.ts';

const [folder = ''] = process.argv.slice(2);
try {
  process.on('SIGINT', () => console.log('interrupted'));
  const server = await startPostgres({ folder, onProgress: (line) => console.log(`progress ${line}`) });
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
  console.log(`url ${server.url}`);
} catch (error) {
  console.log(`failed ${error instanceof Error ? error.message : String(error)}`);
}
