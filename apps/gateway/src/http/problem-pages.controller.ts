import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AnswersJson } from '../documents/answers.js';
import { PROBLEMS, problemOf, type ProblemKind } from './problem-catalogue.js';

const explanation = z
  .strictObject({ type: z.string(), status: z.int(), title: z.string(), meaning: z.string() })
  .meta({ id: 'ProblemExplanation' });

/** What the types of problem documents lead to. */
@ApiTags('problems')
@Controller('problems')
export class ProblemPagesController {
  @Get(':slug')
  @ApiOperation({ summary: 'What a type of problem means' })
  @AnswersJson(200, 'As JSON, or as a page for browsers.', explanation)
  explain(@Param('slug') slug: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const kinds: Readonly<Record<string, ProblemKind>> = PROBLEMS;
    const kind = Object.hasOwn(kinds, slug) ? kinds[slug] : undefined;
    if (!kind) throw problemOf('not-found', { detail: `No problem has the type /problems/${slug}.` });
    void reply.header('cache-control', 'max-age=3600').header('vary', 'accept');
    if (/text\/html/.test(request.headers.accept ?? ''))
      void reply.type('text/html; charset=utf-8').send(page(slug, kind));
    else void reply.send({ type: `/problems/${slug}`, ...kind });
  }
}

/** The texts are the catalogue's own, without a character that HTML would read otherwise. */
function page(slug: string, { status, title, meaning }: ProblemKind): string {
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    `<title>${slug}</title><h1>${title}</h1><p>Status ${status}, type <code>/problems/${slug}</code></p>`,
    `<p>${meaning}</p></html>`,
  ].join('\n');
}
