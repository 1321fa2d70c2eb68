import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { addExamples } from './examples.js';
import { jsonSchemaOf } from './json-schema.js';
import { pagePaths } from './page-paths.js';
import { addProblemAnswers } from './problem-answers.js';

const DESCRIPTION = `
Commands (every \`POST\` on orders and readings) are stored first and answered with \`202\` and an **operation**; they reach the
database a moment later, exactly once in effect. \`GET\` the operation to see what became of it, follow its \`events\`, or send
\`Prefer: wait=5\` to get the outcome at once.

A repeated request with the same \`Idempotency-Key\` is the same command. The example of \`POST /orders\` has a fresh \`orderId\`
each time this page is loaded: pressed twice, the second is a second order of the same id and is rejected with
\`order-already-exists\`.

Every error is a problem document (RFC 9457); its \`type\` leads to an explanation. Every answer carries \`X-Request-Id\`.
`.trim();

export const API_VERSION = '0.1.0';

/** OpenAPI 3.1 of every route, from the controllers and the contracts' own schemas. */
export function createOpenApi(app: INestApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Sluice')
    .setDescription(DESCRIPTION)
    .setVersion(API_VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addTag('orders', 'Placed, cancelled and read. Commands of one order keep their order.')
    .addTag('readings', 'Measurements of devices, in high volume.')
    .addTag('operations', 'What became of a command.')
    .addTag('dead letters', 'Commands that were given up: kept whole, to be tried again or discarded.')
    .addTag('health', 'For load balancers and people.')
    .addTag('problems', 'What the types of problem documents mean.')
    .addTag('documents', 'The API about itself.')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: (controller, method) => `${groupOf(controller)}.${method}`,
    standardSchemaConverter: (schema, { schemaType }) => {
      const converted = jsonSchemaOf(schema, schemaType);
      return converted && { schema: converted.schema, components: { ...converted.definitions } };
    },
  });
  Object.assign(document.paths, pagePaths());
  addExamples(document);
  addProblemAnswers(document);
  return document;
}

/** `DeadLettersController` is `deadLetters`. */
function groupOf(controller: string): string {
  return controller.charAt(0).toLowerCase() + controller.slice(1).replace(/Controller$/, '');
}
