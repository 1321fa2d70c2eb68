import { Attribute } from '#messaging';
import type { IncomingHttpHeaders } from 'node:http';

const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const CORRELATION_ID = /^[\x21-\x7e]{1,128}$/;
const TRACE_STATE_LENGTH_MAX = 512;

/** The attributes that tie a command to the trace of its request: W3C Trace Context, whose rule is to drop what is malformed. */
export function traceAttributes(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes: Record<string, string> = {};
  const parent = textOf(headers['traceparent']);
  if (TRACE_PARENT.test(parent) && (parent.length === 55 || !parent.startsWith('00'))) {
    attributes[Attribute.traceParent] = parent;
    const state = textOf(headers['tracestate']);
    if (state !== '' && state.length <= TRACE_STATE_LENGTH_MAX) attributes[Attribute.traceState] = state;
  }
  const correlationId = textOf(headers['x-correlation-id']);
  if (CORRELATION_ID.test(correlationId)) attributes[Attribute.correlationId] = correlationId;
  return attributes;
}

function textOf(field: string | string[] | undefined): string {
  return (typeof field === 'string' ? field : (field?.join(',') ?? '')).trim();
}
