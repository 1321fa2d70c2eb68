import type { CanActivate, ExceptionFilter, PipeTransform } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import { GatewayAdapter } from '../http/gateway-adapter.js';
import { hostRule } from '../http/host-rule.js';
import type { PrincipalGuard } from '../http/principal.guard.js';
import type { RequestValidationPipe } from '../http/request-validation.pipe.js';
import type { GatewaySettings } from '../settings.js';
import { FastPath } from './fast-path.js';
import { fastRoutesOf } from './fast-routes.js';
import { ordinaryRequests } from './ordinary-request.js';

/** What surrounds every route: the fast path does the same by itself. */
export interface Shell {
  readonly guard: PrincipalGuard;
  readonly pipe: RequestValidationPipe;
  readonly filter: ExceptionFilter;
}

/**
 * Puts the fast path before the application's server once it listens, when all routes are there. Does nothing where the
 * application has something around its routes that the fast path does not know: a guard, pipe, interceptor or filter beside
 * the shell's, a middleware, a prefix, versions.
 */
export function installFastPath(app: NestFastifyApplication, settings: GatewaySettings, shell: Shell): void {
  const adapter = app.getHttpAdapter();
  if (!(adapter instanceof GatewayAdapter)) return;
  const server = app.getHttpServer() as Server;
  server.once('listening', () => {
    const listeners = server.listeners('request') as ((...args: unknown[]) => void)[];
    const [longWay] = listeners;
    if (!longWay || listeners.length > 1 || adapter.hasMiddleware || !hasOnly(shell, app)) return;
    const fastPath = new FastPath({
      routes: fastRoutesOf(app),
      fixedHeaders: adapter.fixedHeaders(),
      isOrdinary: ordinaryRequests(settings.BODY_BYTES_MAX, hostRule(settings)),
      identify: () => shell.guard.identify(),
      validate: (value, { schema }) => shell.pipe.transform(value, { type: 'body', schema }),
      longWay,
      fail: (request, response, fault) => {
        adapter.noteFault(request, fault);
        longWay(request, response);
      },
    });
    adapter.onClosing = () => fastPath.close();
    server.removeListener('request', longWay).on('request', fastPath.serve);
  });
}

/** Nest keeps its configuration to itself; where it cannot be looked at, nothing is known of what surrounds the routes. */
function hasOnly({ guard, pipe, filter }: Shell, app: NestFastifyApplication): boolean {
  const { config } = app as unknown as { readonly config?: ApplicationConfig };
  if (config === undefined) return false;
  const others = [
    config.getGlobalInterceptors(),
    config.getGlobalRequestGuards(),
    config.getGlobalRequestPipes(),
    config.getGlobalRequestInterceptors(),
    config.getGlobalRequestFilters(),
    config.getGlobalPreRequestHooks(),
  ];
  return (
    others.every(({ length }) => length === 0) &&
    isOnly<CanActivate>(config.getGlobalGuards(), guard) &&
    isOnly<PipeTransform>(config.getGlobalPipes(), pipe) &&
    isOnly<ExceptionFilter>(config.getGlobalFilters(), filter) &&
    config.getGlobalPrefix() === '' &&
    config.getVersioning() === undefined
  );
}

function isOnly<Part>(list: readonly Part[], part: Part): boolean {
  return list.length === 1 && list[0] === part;
}
