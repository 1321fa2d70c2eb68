import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ANONYMOUS, setPrincipal, type Principal } from './principal.js';

/** Says who sends a request. There is no authentication yet, so everybody is anonymous, and the start rules bound who that is. */
@Injectable()
export class PrincipalGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    setPrincipal(context.switchToHttp().getRequest<FastifyRequest>(), this.identify());
    return true;
  }

  identify(): Principal {
    return ANONYMOUS;
  }
}
