import type { z } from 'zod';

/**
 * What a contract's schema must be: any Standard Schema would validate, a zod schema also converts to JSON Schema, which
 * OpenAPI and AsyncAPI are made of.
 */
export type Schema<Output = unknown> = z.ZodType<Output>;

/** One fault of an input: what is wrong, and where, as an RFC 6901 JSON pointer ('' is the whole input). */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

export type Validation<Output> =
  { readonly valid: true; readonly value: Output } | { readonly valid: false; readonly faults: readonly Fault[] };

/** Validates through the Standard Schema interface. Contracts' schemas are synchronous; an asynchronous one throws. */
export function validate<Output>(schema: Schema<Output>, input: unknown): Validation<Output> {
  const result = schema['~standard'].validate(input);
  if (result instanceof Promise) throw new TypeError('A contract needs a schema that validates synchronously.');
  if (!result.issues) return { valid: true, value: result.value };
  return {
    valid: false,
    faults: result.issues.map((issue) => ({ pointer: toPointer(issue.path ?? []), detail: issue.message })),
  };
}

type PathSegment = PropertyKey | { readonly key: PropertyKey };

/** RFC 6901: `~` and `/` inside a segment are written `~0` and `~1`. */
export function toPointer(path: readonly PathSegment[]): string {
  return path
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
