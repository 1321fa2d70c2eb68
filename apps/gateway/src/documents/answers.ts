import { ApiResponse } from '@nestjs/swagger';
import type { Schema } from '#contracts';

/** One JSON answer of a route, in the OpenAPI document. Problem documents are added to every route by themselves. */
export function AnswersJson(status: number, description: string, schema: Schema): MethodDecorator {
  return ApiResponse({ status, description, standardSchema: schema });
}
