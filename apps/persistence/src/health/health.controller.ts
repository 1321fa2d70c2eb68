import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { Readiness, type ReadyReport } from './readiness.js';

/** For orchestrators and operators. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Whether the process answers at all. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** 503 while commands are not applied: the database is away, say. Restarting does not help then. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadyReport> {
    const report = await this.readiness.report();
    if (report.status !== 'ready') void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}
