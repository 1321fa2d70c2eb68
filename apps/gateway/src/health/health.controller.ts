import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AnswersJson } from '../documents/answers.js';
import { liveReport, readyReport, type ReadyReport } from './health-report.js';
import { Readiness } from './readiness.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers at all' })
  @AnswersJson(200, 'It does.', liveReport)
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** A database that is away makes the gateway `degraded`, not unready: it goes on accepting commands. */
  @Get('ready')
  @ApiOperation({ summary: 'Whether the gateway takes commands, part by part' })
  @AnswersJson(200, 'It takes commands.', readyReport)
  @AnswersJson(503, 'It takes none now.', readyReport)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadyReport> {
    const report = await this.readiness.report();
    if (report.status === 'not-ready') void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}
