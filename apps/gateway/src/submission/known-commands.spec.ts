import { RequestUnavailable, type Requests } from '#messaging';
import { loadSettings } from '#settings';
import { Logger } from '@nestjs/common';
import { LedgerReader } from '../operations/ledger-reader.js';
import { gatewaySettings } from '../settings.js';
import type { Prepared } from './command-publisher.js';
import { KnownCommands } from './known-commands.js';

const settings = loadSettings(gatewaySettings, { env: {}, envFile: null }).values;
const repeated = { repeatable: true, reference: { commandId: '0b9f6a52-6c1e-8c55-9a43-1f0f0a6f8a01' } } as Prepared;

beforeAll(() => Logger.overrideLogger(false));

test.each([
  ['away', new RequestUnavailable('The database is away.')],
  ['answering with an error that nobody foresaw', new Error('What is this?')],
])('a ledger that is %s keeps no command from being stored', async (_, failure) => {
  const requests: Requests = { ask: () => Promise.reject(failure) };
  const known = new KnownCommands(new LedgerReader(requests, settings));
  await expect(known.find([repeated])).resolves.toEqual(new Map());
});
