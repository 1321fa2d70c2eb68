import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  DiscardDeadLetter,
  GetDeadLetter,
  ListDeadLetters,
  ReplayDeadLetter,
  ReplayDeadLetters,
  type AnswerOf,
  type PayloadOf,
} from '#contracts';
import { REQUESTS, type Requests } from '#messaging';
import { AnswersJson } from '../documents/answers.js';
import { Caller, type Principal } from '../http/principal.js';
import { problemOf, PROBLEMS } from '../http/problem-catalogue.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { changedLetter, discardOne, replayMany, replayOne } from './requests.js';
import type { ChangedLetter, DiscardOne, ReplayMany, ReplayOne } from './requests.js';

const NOT_DEAD = 'It is not a dead letter any more.';

const letterId = z.uuid();
type Changed = AnswerOf<typeof ReplayDeadLetter>;

/** What was given up: shown whole, tried again, or discarded. Every change leaves an audit line with the operator's name. */
@ApiTags('dead letters')
@Controller('dead-letters')
export class DeadLettersController {
  readonly #deadlineMs: number;

  constructor(
    @Inject(REQUESTS) private readonly requests: Requests,
    @Inject(GATEWAY_SETTINGS) settings: GatewaySettings,
  ) {
    this.#deadlineMs = settings.QUERY_TIMEOUT_MS;
  }

  @Get()
  @ApiOperation({ summary: ListDeadLetters.summary })
  @AnswersJson(200, 'One page of dead letters.', ListDeadLetters.answer)
  list(@Query({ schema: ListDeadLetters.payload }) query: PayloadOf<typeof ListDeadLetters>): Promise<unknown> {
    return this.requests.ask(ListDeadLetters, query, this.#deadlineMs);
  }

  @Get(':id')
  @ApiOperation({ summary: GetDeadLetter.summary })
  @AnswersJson(200, 'The dead letter, with its payload, attempts and audit lines.', GetDeadLetter.answer)
  async read(@Param('id', { schema: letterId }) id: string): Promise<unknown> {
    return (await this.requests.ask(GetDeadLetter, { commandId: id }, this.#deadlineMs)) ?? throwNotFound(id);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @ApiOperation({ summary: ReplayDeadLetter.summary, description: 'Its attempts start anew, at once.' })
  @AnswersJson(200, 'It is tried again.', changedLetter)
  @ApiResponse({ status: 409, description: `${NOT_DEAD} Or: ${PROBLEMS['not-replayable'].title}` })
  async replay(
    @Param('id', { schema: letterId }) id: string,
    @Body({ schema: replayOne }) body: ReplayOne,
    @Caller() { subject }: Principal,
  ): Promise<ChangedLetter> {
    const action = { commandId: id, operator: subject, ...body };
    return changed(id, await this.requests.ask(ReplayDeadLetter, action, this.#deadlineMs));
  }

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({
    summary: ReplayDeadLetters.summary,
    description: 'With `dryRun` nothing changes, and the answer counts.',
  })
  @AnswersJson(200, 'How many the filter matches, and how many are tried again.', ReplayDeadLetters.answer)
  replayMany(@Body({ schema: replayMany }) body: ReplayMany, @Caller() { subject }: Principal): Promise<unknown> {
    return this.requests.ask(ReplayDeadLetters, { ...body, operator: subject }, this.#deadlineMs);
  }

  @Post(':id/discard')
  @HttpCode(200)
  @ApiOperation({ summary: DiscardDeadLetter.summary, description: 'What was parked behind it is released.' })
  @AnswersJson(200, 'It is discarded.', changedLetter)
  @ApiResponse({ status: 409, description: NOT_DEAD })
  async discard(
    @Param('id', { schema: letterId }) id: string,
    @Body({ schema: discardOne }) { reason }: DiscardOne,
    @Caller() { subject }: Principal,
  ): Promise<ChangedLetter> {
    const action = { commandId: id, operator: subject, reason };
    return changed(id, await this.requests.ask(DiscardDeadLetter, action, this.#deadlineMs));
  }
}

function changed(id: string, { outcome, state }: Changed): ChangedLetter {
  if (outcome === 'not-found') throwNotFound(id);
  if (outcome === 'not-dead') {
    throw problemOf('conflict', {
      detail: `The command ${id} is not a dead letter any more: it is ${state}.`,
      extensions: { state },
    });
  }
  if (outcome === 'not-replayable') {
    throw problemOf('not-replayable', {
      detail: `The dead letter ${id} has no type, so no handler can run it. Discard it, and have it sent again with a type.`,
      extensions: { state },
    });
  }
  return { id, state };
}

function throwNotFound(id: string): never {
  throw problemOf('not-found', { detail: `The ledger has no dead letter with the id ${id}.` });
}
