import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type ChannelModel } from 'amqplib';
import { until } from '../until.js';
import { describeWithRabbitMq } from './describe-with-rabbitmq.js';
import { RabbitMqServer } from './rabbitmq-server.js';
import { createTestVhost } from './shared-rabbitmq.js';

const QUEUE = 'kept';
const START_MS = 300_000;

async function withConnection<Value>(url: string, use: (connection: ChannelModel) => Promise<Value>): Promise<Value> {
  const connection = await connect(url);
  connection.on('error', () => undefined);
  try {
    return await use(connection);
  } finally {
    await connection.close().catch(() => undefined);
  }
}

async function store(url: string, text: string): Promise<void> {
  await withConnection(url, async (connection) => {
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(QUEUE, { arguments: { 'x-queue-type': 'quorum' } });
    channel.sendToQueue(QUEUE, Buffer.from(text));
    await channel.waitForConfirms();
  });
}

async function take(url: string): Promise<string> {
  return withConnection(url, async (connection) => {
    const channel = await connection.createChannel();
    const taken: string[] = [];
    const arrives = async () => {
      const message = await channel.get(QUEUE, { noAck: true });
      return message && taken.push(message.content.toString());
    };
    await until(arrives, 'the queue has a message');
    return taken.join();
  });
}

await describeWithRabbitMq('A RabbitMQ of our own', () => {
  let server: RabbitMqServer;

  beforeAll(async () => {
    server = await RabbitMqServer.start();
  }, START_MS);

  afterAll(() => server.remove());

  test('keeps its data through stop and start', async () => {
    await store(server.url, 'stopped');
    await server.stop();
    await expect(connect(server.url)).rejects.toThrow('ECONNREFUSED');
    await server.start();
    expect(await take(server.url)).toBe('stopped');
  });

  test('keeps through a crash what it confirmed', async () => {
    await store(server.url, 'crashed');
    await server.crash();
    await server.start();
    expect(await take(server.url)).toBe('crashed');
  });

  test('answers nothing while it is frozen', async () => {
    server.freeze();
    await expect(connect(server.url, { timeout: 300 })).rejects.toThrow('connect ETIMEDOUT');
    server.thaw();
    await expect(withConnection(server.url, () => Promise.resolve('connected'))).resolves.toBe('connected');
  });

  test('obeys rabbitmqctl, which tells of what it refuses', async () => {
    expect(await server.ctl('list_vhosts')).toContain('/');
    await expect(server.ctl('delete_user', 'nobody')).rejects.toThrow('nobody');
  });

  test(
    'leaves neither process nor data behind when the process that started it is killed',
    async () => {
      const program = `
      const { RabbitMqServer } = await import(${JSON.stringify(import.meta.resolve('./rabbitmq-server.js'))});
      const { port, node } = await RabbitMqServer.start();
      console.log(JSON.stringify({ port, directory: node.place.directory }));
      setInterval(() => undefined, 1000);`;
      const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(owner.stdout, 'data')) as [Buffer];
      const { port, directory } = JSON.parse(line.toString()) as { port: number; directory: string };
      owner.kill('SIGKILL');
      const refused = () =>
        connect(`amqp://127.0.0.1:${port}`).then(
          // It will be killed under this connection.
          (connection) => connection.on('error', () => undefined) && false,
          () => true,
        );
      await until(refused, 'it takes no connections');
      await expect(until(() => !existsSync(directory), 'its data are gone')).resolves.toBe(true);
    },
    START_MS,
  );
});

await describeWithRabbitMq('A test vhost', () => {
  test(
    'is apart from every other, and gone when it is removed',
    async () => {
      const [one, other] = [await createTestVhost(), await createTestVhost()];
      await store(one.url, 'mine');
      await withConnection(other.url, async (connection) => {
        const channel = await connection.createChannel();
        channel.on('error', () => undefined);
        await expect(channel.checkQueue(QUEUE)).rejects.toThrow('NOT_FOUND');
      });
      await Promise.all([one.remove(), other.remove()]);
      await expect(connect(one.url)).rejects.toThrow('ConnectionClose');
    },
    START_MS,
  );
});
