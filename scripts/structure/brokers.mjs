import { isTest } from './rooms.mjs';

const NAME = /rabbit|kafka|activemq|artemis|jetstream|\bnats|amqplib|\brhea\b/i;
const PRODUCT = /^(apps|libs)\//;
/** What direction judges. */
const IMPORT = /^import .* from '/;
/** A broker's own folder, where transports are loaded, and what tests and their kit are made of. */
const AT_HOME =
  /^libs\/(transports\/src\/((rabbitmq|kafka|activemq|nats)\/|index\.ts$|[\w-]+\.subject\.ts$)|testing\/)/;

/** Lines of the product that know one broker from another outside its transport. */
export function findBrokers({ sources }) {
  return sources
    .filter(({ path }) => PRODUCT.test(path) && !AT_HOME.test(path) && !isTest(path))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          NAME.test(line) && !IMPORT.test(line) ? [{ where: `${path}:${index + 1}`, rule: 'broker', fix: FIX }] : [],
        ),
    );
}

const FIX = 'only the folder of a transport and the loader know a broker; ask the port instead';
