import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who sends a request. */
export interface Principal {
  /** Stable: operation ids and derived command ids are made of it. At most 200 characters. */
  readonly subject: string;
}

/** Everybody, as long as nobody proves who they are. */
export const ANONYMOUS: Principal = Object.freeze({ subject: 'anonymous' });

const principals = new WeakMap<object, Principal>();

/** The request's principal, as the guard found it. */
export function principalOf(request: FastifyRequest): Principal {
  return principals.get(request.raw) ?? ANONYMOUS;
}

export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request.raw, principal);
}

/** The request's principal as a parameter of a controller's method. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
