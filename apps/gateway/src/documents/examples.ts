import { randomUUID } from 'node:crypto';
import type { OpenAPIObject } from '@nestjs/swagger';

/** The order of the contracts' examples: every route that names an order shows the same one, so that they work together. */
export const EXAMPLE_ORDER_ID = '0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01';

interface Parameter {
  readonly in: string;
  readonly name: string;
  example?: unknown;
}

/** Values of parameters with which a route answers when it is tried as it stands. */
const EXAMPLES: readonly { readonly path: RegExp; readonly name: string; readonly value: unknown }[] = [
  { path: /^\/orders\/\{/, name: 'id', value: EXAMPLE_ORDER_ID },
  { path: /^\/orders$/, name: 'customerId', value: 'customer-42' },
  { path: /^\/readings$/, name: 'deviceId', value: 'boiler-7' },
  { path: /^\/problems/, name: 'slug', value: 'order-already-exists' },
];

export function addExamples(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of Object.values(item as Record<string, { parameters?: Parameter[] }>)) {
      for (const parameter of operation.parameters ?? []) {
        const example = EXAMPLES.find(({ path: pattern, name }) => pattern.test(path) && name === parameter.name);
        if (example && parameter.in !== 'header') parameter.example = example.value;
      }
    }
  }
}

/** The document with an order id that nobody has used, so that the page's first press is not a repetition. */
export function withFreshOrder(document: OpenAPIObject): OpenAPIObject {
  return JSON.parse(JSON.stringify(document).replaceAll(EXAMPLE_ORDER_ID, randomUUID())) as OpenAPIObject;
}
