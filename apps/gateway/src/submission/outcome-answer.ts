import { problemOf } from '../http/problem-catalogue.js';
import type { Problem } from '../http/problem.js';
import { KEY_REUSED, locationOf, type Operation } from '../operations/operation.js';
import type { Acceptance } from './acceptance.js';
import { Answer } from './answer.js';
import type { Preferences } from './prefer.js';

/** The answer to a submission with what is known of its operation. Throws the problem of a rejection that was waited for. */
export function answerOf(
  operation: Operation,
  payload: unknown,
  acceptance: Acceptance,
  applied: readonly string[],
): Answer<Operation> {
  const headers = preferenceApplied(applied);
  const waited = applied.some((preference) => preference.startsWith('wait='));
  if (operation.error?.code === KEY_REUSED.code) throw keyReusedProblem(operation, headers);
  const self = locationOf(operation.id);
  if (waited && operation.status === 'rejected')
    throw rejectionProblem(operation, acceptance.rejections ?? [], headers);
  if (waited && operation.status === 'applied') {
    const told = { ...headers, 'content-location': self };
    const created = acceptance.created?.(payload as never);
    if (created === undefined) return new Answer(200, operation, told);
    return new Answer(201, operation, { ...told, location: created });
  }
  return new Answer(202, operation, { ...headers, location: self });
}

/** Which preferences an answer honours, in the words of `Preference-Applied`. `waited`: whether it waited at all. */
export function appliedPreferences({ respondAsync, waitSeconds }: Preferences, waited: boolean): string[] {
  return [...(respondAsync ? ['respond-async'] : []), ...(waited && waitSeconds ? [`wait=${waitSeconds}`] : [])];
}

export function preferenceApplied(applied: readonly string[]): Record<string, string> {
  return applied.length === 0 ? {} : { 'preference-applied': applied.join(', ') };
}

/** The problem of a rejection: of the same name as its code where the route knows one, else `command-rejected`. */
export function rejectionProblem(
  operation: Operation,
  rejections: NonNullable<Acceptance['rejections']>,
  headers: Readonly<Record<string, string>>,
): Problem {
  const slug = rejections.find((rejection) => rejection === operation.error?.code) ?? 'command-rejected';
  return problemOf(slug, {
    ...(operation.error === undefined ? {} : { detail: operation.error.message }),
    extensions: { operation, ...(operation.error === undefined ? {} : { error: operation.error }) },
    headers,
  });
}

/** Whether the ledger told so before the command was published or persistence told so after: the caller reads the same. */
export function keyReusedProblem(operation?: Operation, headers: Readonly<Record<string, string>> = {}): Problem {
  return problemOf('idempotency-key-reused', {
    detail: KEY_REUSED.message,
    errors: [{ header: 'Idempotency-Key', detail: 'It belongs to an earlier request with another payload.' }],
    ...(operation === undefined ? {} : { extensions: { operation, error: operation.error } }),
    headers,
  });
}
