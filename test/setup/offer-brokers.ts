import {
  ActiveMqClassicServer,
  ArtemisServer,
  CAN_FILL_DISK,
  KafkaServer,
  NatsServer,
  RabbitMqServer,
  SharedServers,
} from '#testing';

/** What ends those of the run's brokers that a test has asked for. */
export let stopBrokers = async (): Promise<void> => undefined;

/** Before all tests: one broker of each kind for the whole run, started when a test asks. */
export async function offerBrokers(): Promise<void> {
  const shared = await SharedServers.offer({
    rabbitmq: async () => {
      const server = await RabbitMqServer.start();
      return { place: server.node.place, remove: () => server.remove() };
    },
    kafka: async () => {
      const server = await KafkaServer.start();
      return { place: server.address, remove: () => server.remove() };
    },
    artemis: async () => withUrl(await ArtemisServer.start()),
    // It writes what comes by one connection message by message: on a disk that many tests share, a thousand take too long.
    classic: async () => withUrl(await ActiveMqClassicServer.start(CAN_FILL_DISK ? { diskMebibytes: 1_536 } : {})),
    nats: async () => withUrl(await NatsServer.start()),
  });
  stopBrokers = () => shared.end();
}

function withUrl(server: ArtemisServer | ActiveMqClassicServer | NatsServer) {
  return { place: server.url, remove: () => server.remove() };
}
