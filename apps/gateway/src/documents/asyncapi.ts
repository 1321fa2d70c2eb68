import type { Catalogue, CommandContract } from '#contracts';
import { GATEWAY_SOURCE, partitionKeyOf } from '#messaging';
import { API_VERSION } from './openapi.js';
import { jsonSchemaOf, type JsonObject } from './json-schema.js';

/** AsyncAPI 3.0 of what travels on the queue: each command is one message on the channel of its key's lane. */
export function createAsyncApi(catalogue: Catalogue, lanes: number): JsonObject {
  const commands = [...catalogue.commands.values()].filter(({ internal }) => !internal);
  const schemas = Object.assign({}, ...commands.map(schemasOf)) as JsonObject;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Sluice commands',
      version: API_VERSION,
      description:
        'Commands on their way from the gateway, or from any other program, to persistence. The body is the bare JSON ' +
        'payload; metadata are CloudEvents 1.0 attributes in binary mode, named as the broker’s protocol binding says.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: { commands: channelOf(commands, lanes) },
    operations: {
      publish: { action: 'send', channel: { $ref: '#/channels/commands' }, summary: 'A gateway stores a command.' },
      apply: { action: 'receive', channel: { $ref: '#/channels/commands' }, summary: 'Persistence applies a command.' },
    },
    components: {
      messages: Object.fromEntries(commands.map((contract) => [contract.type, messageOf(contract)])),
      schemas: { ...schemas, CloudEventAttributes: ATTRIBUTES },
    },
  };
}

function channelOf(commands: readonly CommandContract[], lanes: number): JsonObject {
  return {
    address: `sluice.commands.{lane}-of-${lanes}`,
    description: 'One lane of the queue. A command is in the lane of its partition key, and a lane keeps its order.',
    parameters: {
      lane: {
        description: `A number from 0 to ${lanes - 1}: a hash of the partition key, modulo ${lanes}.`,
        enum: Array.from({ length: lanes }, (_, lane) => String(lane)),
      },
    },
    messages: Object.fromEntries(commands.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }])),
  };
}

function messageOf(contract: CommandContract): JsonObject {
  const { schema } = payloadOf(contract);
  const payloads = contract.payload.meta()?.examples;
  const examples = (Array.isArray(payloads) ? payloads : []).map((payload: unknown) => ({
    name: 'example',
    headers: exampleAttributes(contract, payload),
    payload,
  }));
  return {
    name: contract.type,
    title: contract.summary,
    summary: `${contract.summary}. Stream '${contract.stream.name}', ${contract.stream.ordering}.`,
    contentType: 'application/json',
    headers: {
      allOf: [
        { $ref: '#/components/schemas/CloudEventAttributes' },
        { properties: { type: { const: contract.type } } },
      ],
    },
    payload: schema,
    examples,
  };
}

function exampleAttributes(contract: CommandContract, payload: unknown): JsonObject {
  const { type, stream } = contract;
  return {
    specversion: '1.0',
    id: '019aac3e-5b00-7c55-9a43-1f0f0a6f8a01',
    source: GATEWAY_SOURCE,
    type,
    time: '2026-11-22T09:30:00.000Z',
    datacontenttype: 'application/json',
    partitionkey: partitionKeyOf(stream.name, contract.key(payload)),
  };
}

const text = (description: string): JsonObject => ({ type: 'string', description });

const ATTRIBUTES: JsonObject = {
  type: 'object',
  description: 'CloudEvents 1.0 attributes.',
  properties: {
    specversion: { type: 'string', const: '1.0' },
    id: { ...text('The command’s id. The same id from the same source is the same command.'), minLength: 1 },
    source: { ...text(`Who made the command; ${GATEWAY_SOURCE} for a gateway.`), format: 'uri-reference' },
    type: text('The contract, with its version.'),
    time: { ...text('When it was made.'), format: 'date-time' },
    datacontenttype: { type: 'string', const: 'application/json' },
    partitionkey: text('`stream:key`. Commands that share it keep their order.'),
    expirytime: { ...text('Past it the command is not run any more.'), format: 'date-time' },
    correlationid: text('What the command belongs to, in the sender’s own terms.'),
    traceparent: text('W3C Trace Context.'),
    tracestate: text('W3C Trace Context.'),
    principal: text('Who submitted it.'),
  },
  required: ['id', 'type'],
};

function payloadOf({ payload }: CommandContract): { schema: JsonObject; definitions: JsonObject } {
  const converted = jsonSchemaOf(payload, 'input');
  return refsToComponents(converted ?? { schema: {}, definitions: {} }) as {
    schema: JsonObject;
    definitions: JsonObject;
  };
}

function schemasOf(contract: CommandContract): JsonObject {
  return payloadOf(contract).definitions;
}

function refsToComponents(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as unknown;
}
