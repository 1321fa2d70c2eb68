import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS, type ProblemKind } from '../http/problem-catalogue.js';
import { PROBLEM_MEDIA_TYPE } from '../http/problem.js';
import type { JsonObject } from './json-schema.js';

const fault = (where: JsonObject): JsonObject => ({
  type: 'object',
  properties: { ...where, detail: { type: 'string' } },
  required: [...Object.keys(where), 'detail'],
});

/** RFC 9457, with the members that the gateway adds. */
export const PROBLEM_SCHEMA: JsonObject = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'What kind of problem; its page explains it.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri-reference' },
    errors: {
      type: 'array',
      description: 'Every fault: `pointer` leads into the body (RFC 6901).',
      items: {
        anyOf: [
          fault({ pointer: { type: 'string', format: 'json-pointer' } }),
          fault({ parameter: { type: 'string' } }),
          fault({ header: { type: 'string' } }),
        ],
      },
    },
  },
  required: ['type', 'title', 'status'],
  additionalProperties: true,
};

interface Operation {
  readonly parameters?: readonly { readonly in: string }[];
  readonly requestBody?: unknown;
  responses: Record<string, { description: string; headers?: JsonObject; content?: JsonObject }>;
}

/** Adds to every route the problems that the shell around it answers with, and a body to those that the route declares. */
export function addProblemAnswers(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      for (const status of statusesOf(path, method, operation)) {
        operation.responses[status] ??= { description: titlesOf(status) };
      }
      completeBodies(operation);
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
  };
}

function statusesOf(path: string, method: string, { parameters = [], requestBody }: Operation): number[] {
  return [
    ...(requestBody !== undefined || parameters.length > 0 ? [400] : []),
    ...(method === 'get' ? [] : [403]),
    ...(parameters.some((parameter) => parameter.in === 'path') ? [404] : []),
    ...(requestBody === undefined ? [] : [413, 415]),
    421,
    431,
    500,
    ...(/^\/(orders|readings|operations|dead-letters)/.test(path) ? [503] : []),
  ];
}

function titlesOf(status: number): string {
  const titles = Object.values<ProblemKind>(PROBLEMS).filter((kind) => kind.status === status);
  return titles.map(({ title }) => title).join(' Or: ');
}

function completeBodies({ responses }: Operation): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || response.content !== undefined) continue;
    response.description ||= titlesOf(Number(status));
    response.content = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
    if (status === '503') response.headers ??= { 'Retry-After': RETRY_AFTER };
  }
}

const RETRY_AFTER = { description: 'Seconds to wait before the next try.', schema: { type: 'integer', minimum: 1 } };
