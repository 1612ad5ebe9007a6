/* A process for the tests: starts PostgreSQL in a folder, tells its address or why it could not, and holds it. */
import { startPostgres } from './postgres.ts';

const [folder = ''] = process.argv.slice(2);
try {
  const server = await startPostgres({ folder, onProgress: (line) => console.log(`progress ${line}`) });
  console.log(`url ${server.url}`);
  process.on('SIGINT', () => console.log('interrupted'));
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
} catch (error) {
  console.log(`failed ${error instanceof Error ? error.message : String(error)}`);
}
