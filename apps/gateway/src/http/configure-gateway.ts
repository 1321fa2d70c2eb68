import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveDocuments } from '../documents/serve-documents.js';
import { installFastPath } from '../fast-path/install-fast-path.js';
import type { GatewaySettings } from '../settings.js';
import { PrincipalGuard } from './principal.guard.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestValidationPipe } from './request-validation.pipe.js';

/** Lays the shell around an application on a `GatewayAdapter`. Call it once, before the application listens. */
export function configureGateway(app: NestFastifyApplication, settings: GatewaySettings): void {
  const shell = { guard: new PrincipalGuard(), pipe: new RequestValidationPipe(), filter: new ProblemFilter() };
  app.useGlobalGuards(shell.guard);
  app.useGlobalPipes(shell.pipe);
  app.useGlobalFilters(shell.filter);
  app.enableCsrfProtection();
  app.useSecurityHeaders({
    // The server speaks plain HTTP; whoever puts TLS in front adds the header that promises it.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
  });
  serveDocuments(app, settings);
  installFastPath(app, settings, shell);
  if (settings.AUTH === undefined) {
    new Logger('Gateway').log(`Without authentication, for this machine alone: only ${settings.HOST} is listened on.`);
  }
}
