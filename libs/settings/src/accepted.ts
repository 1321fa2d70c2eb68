import { z } from 'zod';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
}

/** What a schema takes, in words: "a whole number from 1 to 65535". Undefined where its JSON Schema does not tell. */
export function acceptedBy(schema: z.ZodType): string | undefined {
  const described = schema.meta()?.description;
  if (described !== undefined) return described;
  // Zod leaves a description on the schema that it was given to, within.
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return acceptedBy(schema.unwrap() as z.ZodType);
  return wordsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
}

function wordsOf(schema: JsonSchema): string | undefined {
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  if (schema.const !== undefined) return String(schema.const);
  if (schema.anyOf) {
    const parts = schema.anyOf.map(wordsOf);
    return parts.includes(undefined) ? undefined : parts.join(', or ');
  }
  if (schema.type === 'integer') return `a whole number${rangeOf(schema)}`;
  if (schema.type === 'number') return `a number${rangeOf(schema)}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'string' && schema.format === 'uri') return 'a URL';
  if (schema.type === 'string' && schema.minLength !== undefined) return `text of ${lengthsOf(schema)}`;
  return undefined;
}

function rangeOf(schema: JsonSchema): string {
  const whole = schema.type === 'integer';
  // Zod gives every whole number the bounds of a safe integer, which say nothing to the reader.
  const least = schema.minimum === Number.MIN_SAFE_INTEGER ? undefined : schema.minimum;
  const most = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  const from = least ?? (whole && schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + 1 : undefined);
  if (from !== undefined && most !== undefined) return ` from ${from} to ${most}`;
  if (from !== undefined) return `, at least ${from}`;
  if (schema.exclusiveMinimum !== undefined) return ` above ${schema.exclusiveMinimum}`;
  return most === undefined ? '' : `, at most ${most}`;
}

function lengthsOf({ minLength, maxLength }: JsonSchema): string {
  return maxLength === undefined ? `at least ${minLength} characters` : `${minLength} to ${maxLength} characters`;
}
