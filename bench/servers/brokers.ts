import {
  ActiveMqClassicServer,
  ARTEMIS,
  ArtemisServer,
  CLASSIC_6,
  findArtemis,
  findClassic,
  findKafka,
  findNats,
  KAFKA_4,
  KafkaServer,
  NatsServer,
  type MavenSet,
} from '#testing';
import { OwnBroker } from './own-broker.js';
import type { BenchServer } from './server.js';

/** What Kafka's own start script gives it; a test's heap and compiler are for servers that live for a minute. */
const KAFKA_JVM = ['-Xmx1g', '-Xms1g'];
/** What Artemis' own profile gives it. */
const ARTEMIS_JVM = ['-Xmx2g', '-Xms512m'];
/** What Classic's own start script gives it. */
const CLASSIC_JVM = ['-Xmx1g', '-Xms64m'];

export async function startKafka(): Promise<BenchServer | undefined> {
  if (typeof (await findKafka(KAFKA_4)) === 'string') return undefined;
  const start = () => KafkaServer.start({ release: KAFKA_4, jvm: KAFKA_JVM });
  return OwnBroker.of(start, versionOf(KAFKA_4), ({ address }) => address);
}

export async function startArtemis(): Promise<BenchServer | undefined> {
  if (typeof (await findArtemis()) === 'string') return undefined;
  return OwnBroker.of(
    () => ArtemisServer.start({ jvm: ARTEMIS_JVM }),
    versionOf(ARTEMIS),
    ({ url }) => url,
  );
}

export async function startClassic(): Promise<BenchServer | undefined> {
  if (typeof (await findClassic()) === 'string') return undefined;
  return OwnBroker.of(
    () => ActiveMqClassicServer.start({ jvm: CLASSIC_JVM }),
    versionOf(CLASSIC_6),
    ({ url }) => url,
  );
}

export async function startNats(): Promise<BenchServer | undefined> {
  const installation = await findNats();
  if (typeof installation === 'string') return undefined;
  // A body of the largest size, with its attributes.
  const settings = { max_payload: '2MB' };
  return OwnBroker.of(
    () => NatsServer.start({ installation, settings }),
    installation.version,
    ({ url }) => url,
  );
}

/** Without the product's name that is before it. */
function versionOf({ name }: MavenSet): string {
  return name.replace(/^\D+/, '');
}
