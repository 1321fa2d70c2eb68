import { Reflector } from '@nestjs/core';
import type { ProblemSlug } from '../http/problem-catalogue.js';

/** How a route answers once it knows what became of its command. */
export interface Acceptance<Payload = never> {
  /** The path of what the applied command created, from the payload: then the answer is 201, otherwise 200. */
  readonly created?: (payload: Payload) => string;
  /** Codes of the handler's rejections that have a problem of the same name; any other is `command-rejected`, 422. */
  readonly rejections?: readonly ProblemSlug[];
}

/** Keeps the acceptance at the controller's method. */
export const WithAcceptance = Reflector.createDecorator<Acceptance>();

const reflector = new Reflector();

export function acceptanceOf(method: Parameters<Reflector['get']>[1]): Acceptance {
  return reflector.get(WithAcceptance, method) ?? {};
}
