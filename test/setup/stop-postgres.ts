import { stopPostgres } from './start-postgres.js';

export default async function afterAllTests(): Promise<void> {
  await stopPostgres();
}
