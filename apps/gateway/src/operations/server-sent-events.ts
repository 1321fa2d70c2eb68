/** One event of a `text/event-stream`, as the HTML standard has it. */
export interface ServerSentEvent {
  /** What a client that lost the connection sends back as `Last-Event-ID`. */
  readonly id: string;
  readonly data: unknown;
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** `data` as JSON, which has no line breaks, and so takes one line. */
export function formatEvent({ id, data }: ServerSentEvent): string {
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** How long a client waits before it connects again, in milliseconds. */
export function formatRetry(delayMs: number): string {
  return `retry: ${delayMs}\n\n`;
}

/** A line that clients skip: it keeps proxies from closing a silent connection. */
export function formatHeartbeat(): string {
  return ':\n\n';
}
