import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  ActiveMqClassicServer,
  ArtemisServer,
  freePort,
  isFree,
  KafkaServer,
  NatsServer,
  RabbitMqServer,
  type OwnServer,
} from '#testing';

/** Their data stay from one time to the next. */
const FOLDER = resolve('.sluice/servers');

interface Kind {
  /** Where its clients look first; another one where that is taken. */
  readonly port: number;
  readonly start: (options: { directory: string; port: number }) => Promise<OwnServer>;
  /** Where it is, or how the product uses it. */
  readonly use: (server: OwnServer) => string;
}

function kind<Server extends OwnServer>(
  port: number,
  start: (options: { directory: string; port: number }) => Promise<Server>,
  use: (server: Server) => string,
): Kind {
  return { port, start, use: (server) => use(server as Server) };
}

const KINDS: Readonly<Record<string, Kind>> = {
  rabbitmq: kind(
    5672,
    (options) => RabbitMqServer.start(options),
    ({ url }) => `TRANSPORT=rabbitmq RABBITMQ_URLS=${url} npm start`,
  ),
  kafka: kind(
    9092,
    (options) => KafkaServer.start(options),
    ({ address }) => address,
  ),
  artemis: kind(
    61616,
    (options) => ArtemisServer.start(options),
    ({ url }) => `TRANSPORT=activemq ACTIVEMQ_URLS=${url} npm start`,
  ),
  classic: kind(
    61617,
    (options) => ActiveMqClassicServer.start(options),
    ({ url }) => `TRANSPORT=activemq ACTIVEMQ_URLS=${url} npm start`,
  ),
  nats: kind(
    4222,
    (options) => NatsServer.start(options),
    ({ url }) => url,
  ),
};

const USAGE = `npm run servers -- up NAME …
  Starts servers on loopback that keep their data in .sluice/servers, and ends them at Ctrl-C.
  There are: ${Object.keys(KINDS).join(', ')}.`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...names]: string[]): Promise<number> {
  const strange = names.filter((name) => !Object.hasOwn(KINDS, name));
  if (command !== 'up' || names.length === 0 || strange.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const servers: OwnServer[] = [];
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    for (const name of new Set(names)) servers.push(await up(name, KINDS[name]!));
    console.log('Ctrl-C ends them; their data stay.');
    await stopped;
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    for (const server of servers) await server.stop();
    for (const server of servers) await server.remove();
  }
}

async function up(name: string, { port, start, use }: Kind): Promise<OwnServer> {
  console.log(`${name} starts …`);
  const directory = join(FOLDER, name);
  mkdirSync(directory, { recursive: true });
  const server = await start({ directory, port: (await isFree(port)) ? port : await freePort() });
  console.log(`${name} is up, its log is ${server.log}\n  ${use(server)}`);
  return server;
}
