import type { Schema } from '#contracts';
import { RequestMethod } from '@nestjs/common';
import {
  CUSTOM_ROUTE_ARGS_METADATA,
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
  RouteParamtypes,
} from '@nestjs/common/internal';
import { DiscoveryService, ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { WithAcceptance, type Acceptance } from '../submission/acceptance.js';
import { AnswerInterceptor } from '../submission/answer.js';
import { submissionFactory, type Submission } from '../submission/submission.js';

/** A controller's method that submits a command, with all that Nest would do before it and after it. */
export interface FastRoute {
  readonly path: string;
  /** The status of an answer that has none of its own. */
  readonly status: number;
  /** Of the body. */
  readonly schema: Schema;
  readonly acceptance: Acceptance;
  readonly call: (payload: unknown, submission: Submission) => unknown;
}

type Controller = Record<string, (...args: unknown[]) => unknown>;

/** Metadata that the fast path follows. */
const FOLLOWED = new Set<unknown>([
  PATH_METADATA,
  METHOD_METADATA,
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  WithAcceptance.KEY,
]);
/** Metadata that says nothing of how a request is served. */
const MEANS_NOTHING = /^(?:design:|self:|swagger\/|__controller__$)/;

/**
 * The routes whose requests can be served without Nest's pipeline, found in what their decorators have left, as Nest finds
 * them. A route that asks for more than a body with a schema and a `@Submission()`, or has any decorator that is not known
 * here, is none of them.
 */
export function fastRoutesOf(app: NestFastifyApplication): FastRoute[] {
  const controllers = new DiscoveryService(app.get(ModulesContainer)).getControllers();
  return controllers
    .filter((wrapper) => wrapper.isDependencyTreeStatic())
    .flatMap(({ instance }) => routesOf(instance as Controller));
}

function routesOf(instance: Controller): FastRoute[] {
  const { constructor } = instance;
  const path = metadataOf<string>(PATH_METADATA, constructor);
  if (path === undefined || !isLiteral(path) || !isKnown(constructor)) return [];
  const names = Object.getOwnPropertyNames(constructor.prototype).filter((name) => name !== 'constructor');
  return names.flatMap((name) => routeOf(instance, name, path) ?? []);
}

function routeOf(instance: Controller, name: string, prefix: string): FastRoute | undefined {
  const method = instance[name];
  if (typeof method !== 'function' || !isKnown(method)) return undefined;
  const acceptance = metadataOf<Acceptance>(WithAcceptance.KEY, method);
  const path = metadataOf<string>(PATH_METADATA, method);
  const parameters = parametersOf(instance, name);
  if (!acceptance || !parameters || path === undefined || !isLiteral(path)) return undefined;
  if (metadataOf(METHOD_METADATA, method) !== RequestMethod.POST) return undefined;
  const interceptors = metadataOf<unknown[]>(INTERCEPTORS_METADATA, method) ?? [];
  if (interceptors.length !== 1 || interceptors[0] !== AnswerInterceptor) return undefined;
  const { schema, bodyFirst } = parameters;
  return {
    path: joined(prefix, path),
    status: metadataOf(HTTP_CODE_METADATA, method) ?? 201,
    schema,
    acceptance,
    call: (payload, submission) =>
      bodyFirst ? method.call(instance, payload, submission) : method.call(instance, submission, payload),
  };
}

interface Parameter {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes: readonly unknown[];
  readonly schema?: Schema;
  readonly factory?: unknown;
}

/** A whole body with a schema and a submission, and nothing else. */
function parametersOf(instance: Controller, name: string): { schema: Schema; bodyFirst: boolean } | undefined {
  const found = (Reflect.getMetadata(ROUTE_ARGS_METADATA, instance.constructor, name) ?? {}) as Record<
    string,
    Parameter
  >;
  const entries = Object.entries(found);
  const body = entries.find(([key]) => key === `${RouteParamtypes.BODY}:0` || key === `${RouteParamtypes.BODY}:1`)?.[1];
  const submission = entries.find(([key]) => key.includes(CUSTOM_ROUTE_ARGS_METADATA))?.[1];
  if (entries.length !== 2 || !body?.schema || submission?.factory !== submissionFactory) return undefined;
  if ([body, submission].some(({ data, pipes }) => data !== undefined || pipes.length > 0)) return undefined;
  return { schema: body.schema, bodyFirst: body.index < submission.index };
}

function metadataOf<Value>(key: string, target: object): Value | undefined {
  return Reflect.getMetadata(key, target) as Value | undefined;
}

/** Whether nothing was decorated onto it that the fast path would pass over. */
function isKnown(target: object): boolean {
  return Reflect.getMetadataKeys(target).every(
    (key: unknown) =>
      FOLLOWED.has(key) || MEANS_NOTHING.test(String(key)) || Reflect.getMetadata(key, target) === undefined,
  );
}

/** Whether requests for it are told by their whole path. */
function isLiteral(path: unknown): boolean {
  return typeof path === 'string' && !/[:*{}()?+\\]/.test(path);
}

function joined(...parts: readonly string[]): string {
  return `/${parts.flatMap((part) => part.split('/').filter((segment) => segment !== '')).join('/')}`;
}
