import type { JsonObject } from './json-schema.js';

const page = (name: string, summary: string, mediaType: string): JsonObject => ({
  get: {
    operationId: `documents.${name}`,
    tags: ['documents'],
    summary,
    parameters: [],
    responses: {
      200: { description: `${summary}.`, content: { [mediaType]: { schema: { type: jsonTypeOf(mediaType) } } } },
    },
  },
});

function jsonTypeOf(mediaType: string): 'object' | 'string' {
  return mediaType.endsWith('json') ? 'object' : 'string';
}

/** The documents themselves, which no controller serves. */
export function pagePaths(): Record<string, JsonObject> {
  return {
    '/docs': page('page', 'This API, to read and to try', 'text/html'),
    '/openapi.json': page('openApi', 'This API as an OpenAPI document', 'application/json'),
    '/asyncapi.json': page('asyncApi', 'The commands on the queue as an AsyncAPI document', 'application/json'),
  };
}
