import { z } from 'zod';

export type JsonObject = Record<string, unknown>;

export interface JsonSchema {
  readonly schema: JsonObject;
  /** The schemas that it refers to as `#/$defs/<name>`, by name. */
  readonly definitions: Readonly<Record<string, JsonObject>>;
}

/** A zod schema as JSON Schema 2020-12, which OpenAPI 3.1 schemas are; undefined for another library's. */
export function jsonSchemaOf(schema: unknown, direction: 'input' | 'output'): JsonSchema | undefined {
  if (!(schema instanceof z.core.$ZodType)) return undefined;
  const { $defs, $schema: _, ...root } = withoutRecursion(z.toJSONSchema(schema, { io: direction })) as JsonObject;
  return { schema: root, definitions: ($defs ?? {}) as Record<string, JsonObject> };
}

/**
 * Only "any JSON value" is recursive in a contract. Zod gives it a name that is unique within one schema alone, so it is
 * written as the schema that takes everything.
 */
function withoutRecursion(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRecursion);
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { $ref?: unknown };
  if (typeof $ref === 'string' && $ref.startsWith('#/$defs/__')) return {};
  const entries = Object.entries(value).filter(([key]) => !key.startsWith('__schema'));
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutRecursion(child)]));
}
