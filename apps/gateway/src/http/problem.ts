import { HttpException } from '@nestjs/common';
import type { Fault } from '#contracts';

/** One fault of a request, and where it stands: in the body (an RFC 6901 pointer), the path or query, or a header. */
export type RequestFault =
  | Fault
  | { readonly parameter: string; readonly detail: string }
  | { readonly header: string; readonly detail: string };

export interface ProblemDetails {
  readonly status: number;
  /** `/problems/<slug>`: a URI reference that never changes its meaning, and that the gateway explains. */
  readonly type: string;
  /** The same sentence for every problem of the type. */
  readonly title: string;
  /** What is wrong with this request, and what to do next. */
  readonly detail?: string;
  /** Defaults to the request's path. */
  readonly instance?: string;
  /** Every fault that was found, not only the first. */
  readonly errors?: readonly RequestFault[];
  /** Members of the type's own, as the `operation` that a rejection carries. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An answer that says what went wrong, as RFC 9457 has it. Throw it; the filter sends it. */
export class Problem extends HttpException {
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails, options: { cause?: unknown } = {}) {
    super(details.title, details.status, options);
    this.details = details;
  }
}

/** The document as it is sent. Members of the standard come first, and win over extensions of the same name. */
export function problemDocument(details: ProblemDetails, instance?: string): Record<string, unknown> {
  const standard = {
    type: details.type,
    title: details.title,
    status: details.status,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    instance: details.instance ?? instance,
    ...(details.errors === undefined ? {} : { errors: details.errors }),
  };
  return { ...standard, ...details.extensions, ...standard };
}
