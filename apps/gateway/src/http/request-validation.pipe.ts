import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { toPointer } from '#contracts';
import { problemOf } from './problem-catalogue.js';
import type { RequestFault } from './problem.js';

type Issues = Parameters<
  NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory'] & {}
>[0];

/** More faults than this are not listed: their number is the sender's choice. */
const FAULTS_MAX = 100;

/** Nest's validation by schema, with every fault at once, each saying where in the request it stands. */
@Injectable()
export class RequestValidationPipe extends StandardSchemaValidationPipe {
  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    const { schema } = metadata;
    if (!schema || !this.toValidate(metadata)) return value;
    const result = await this.validate<Value>(value, schema);
    if (!result.issues) return result.value;
    const missing = metadata.type === 'body' && (value === undefined || value === null);
    throw problemOf('invalid-request', {
      detail: missing ? 'A JSON body is required.' : `${sentence(metadata.type)} ${countOf(result.issues)}.`,
      errors: missing ? [{ pointer: '', detail: 'It is missing.' }] : faultsOf(result.issues, metadata),
    });
  }
}

function sentence(place: ArgumentMetadata['type']): string {
  if (place === 'body') return 'The body breaks its schema in';
  return place === 'query' ? 'The query breaks its schema in' : 'The path breaks its schema in';
}

function countOf(issues: Issues): string {
  return issues.length === 1 ? 'one place' : `${issues.length} places`;
}

function faultsOf(issues: Issues, metadata: ArgumentMetadata): RequestFault[] {
  return issues.flatMap((issue) => places(issue).map((place) => faultAt(place, metadata))).slice(0, FAULTS_MAX);
}

interface Place {
  readonly path: readonly PropertyKey[];
  readonly detail: string;
}

/** An issue about unknown keys stands at their parent; the caller is shown each key instead. */
function places(issue: Issues[number] & { readonly keys?: unknown }): Place[] {
  const path = (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment));
  if (!Array.isArray(issue.keys)) return [{ path, detail: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, String(key)], detail: 'It is not known here.' }));
}

function faultAt({ path, detail }: Place, { type, data }: ArgumentMetadata): RequestFault {
  const whole = data === undefined ? path : [data, ...path];
  if (type === 'body') return { pointer: toPointer(whole), detail };
  return { parameter: String(whole[0] ?? ''), detail };
}
