import { ListReadings, RecordReading, type PayloadOf } from '#contracts';
import { REQUESTS, type Requests } from '#messaging';
import { Body, Controller, Get, Inject, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AnswersJson } from '../documents/answers.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { Accepts, AcceptsMany } from '../submission/accepts.js';
import { CommandBatches } from '../submission/command-batches.js';
import { Commands } from '../submission/commands.js';
import { Submission } from '../submission/submission.js';

const READINGS_MAX = 1_000;

const readings = z.array(RecordReading.payload).min(1).max(READINGS_MAX).meta({ id: 'Readings' });

@ApiTags('readings')
@Controller('readings')
export class ReadingsController {
  readonly #queryTimeoutMs: number;

  constructor(
    private readonly commands: Commands,
    private readonly batches: CommandBatches,
    @Inject(REQUESTS) private readonly requests: Requests,
    @Inject(GATEWAY_SETTINGS) settings: GatewaySettings,
  ) {
    this.#queryTimeoutMs = settings.QUERY_TIMEOUT_MS;
  }

  @Post()
  @Accepts(RecordReading)
  record(@Body({ schema: RecordReading.payload }) reading: RecordReading, @Submission() submission: Submission) {
    return this.commands.submit(RecordReading, reading, submission);
  }

  @Post('batch')
  @AcceptsMany(RecordReading, 'Record up to 1,000 readings at once')
  recordMany(@Body({ schema: readings }) batch: RecordReading[], @Submission() submission: Submission) {
    return this.batches.submit(RecordReading, batch, submission);
  }

  @Get()
  @ApiOperation({ summary: ListReadings.summary })
  @AnswersJson(200, 'Readings of the device, the newest first.', ListReadings.answer)
  list(@Query({ schema: ListReadings.payload }) query: PayloadOf<typeof ListReadings>) {
    return this.requests.ask(ListReadings, query, this.#queryTimeoutMs);
  }
}
