import { Controller, Get, Headers, Param, UseInterceptors } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AnswersJson } from '../documents/answers.js';
import { Caller, type Principal } from '../http/principal.js';
import { Answer, AnswerInterceptor } from '../submission/answer.js';
import { isSettled, operation, type Operation } from './operation.js';
import { OperationStreams } from './operation-streams.js';
import { Operations } from './operations.js';
import { EVENT_STREAM } from './server-sent-events.js';

/** How soon asking again makes sense while nothing is known, in seconds. */
const RETRY_AFTER_S = 1;
const RETRY_AFTER_S_MAX = 60;

/** What becomes of commands, for those who sent them. */
@ApiTags('operations')
@Controller('operations')
export class OperationsController {
  constructor(
    private readonly operations: Operations,
    private readonly streams: OperationStreams,
  ) {}

  @Get(':id')
  @UseInterceptors(AnswerInterceptor)
  @ApiOperation({
    summary: 'Read an operation',
    description:
      'The status is `accepted` until the ledger has a line of the command. While the database is away it stays so, ' +
      'truthfully, and `ledger` says `unavailable`. `Retry-After` suggests when to ask again.',
  })
  @AnswersJson(200, 'The operation.', operation)
  @ApiResponse({ status: 410, description: 'It was settled longer ago than the ledger keeps lines.' })
  async read(@Param('id') id: string, @Caller() { subject }: Principal): Promise<Answer<Operation>> {
    const found = (await this.operations.read(id, subject)).operation;
    if (isSettled(found)) return new Answer(200, found);
    return new Answer(200, found, { 'retry-after': String(secondsUntilNews(found)) });
  }

  @Get(':id/events')
  @ApiOperation({
    summary: 'Follow an operation',
    description:
      'Server-sent events, each an operation as JSON: the present state at once, then each change. The stream ends when ' +
      'the operation is settled (a dead letter is not: it may be replayed), or after STREAM_MS_MAX; a client that ' +
      'reconnects with `Last-Event-ID` is not told again what it saw, and gets 204 when nothing will come any more.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' }, description: 'The last `id` seen.' })
  @ApiResponse({
    status: 200,
    description: 'The stream.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiResponse({ status: 204, description: 'It is settled, and the client has seen that.' })
  @ApiResponse({ status: 410, description: 'It was settled longer ago than the ledger keeps lines.' })
  async events(
    @Param('id') id: string,
    @Caller() { subject }: Principal,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Response> {
    const stream = await this.streams.follow(id, subject, lastEventId);
    if (stream === null) return new Response(null, { status: 204 });
    const headers = {
      'content-type': EVENT_STREAM,
      // Proxies of the nginx family would hold events back to fill a buffer.
      'x-accel-buffering': 'no',
    };
    return new Response(stream as unknown as ReadableStream<Uint8Array>, { headers });
  }
}

function secondsUntilNews({ nextAttemptAt }: Operation): number {
  if (nextAttemptAt === undefined) return RETRY_AFTER_S;
  const seconds = Math.ceil((Date.parse(nextAttemptAt) - Date.now()) / 1000);
  return Math.min(RETRY_AFTER_S_MAX, Math.max(RETRY_AFTER_S, seconds));
}
