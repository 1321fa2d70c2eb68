import { traceAttributes } from './trace.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('the trace context of the request goes with the command', () => {
  expect(traceAttributes({ traceparent, tracestate: 'a=1', 'x-correlation-id': 'order-7' })).toEqual({
    traceparent,
    tracestate: 'a=1',
    correlationid: 'order-7',
  });
});

test.each([
  ['nothing', undefined],
  ['too short', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331'],
  ['a version that is forbidden', traceparent.replace('00-', 'ff-')],
  ['an empty trace id', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['an empty parent id', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
  ['capitals', traceparent.toUpperCase()],
  ['more than version 00 has', `${traceparent}-more`],
])('a traceparent of %s is dropped, and the tracestate with it', (_, given) => {
  expect(traceAttributes({ ...(given === undefined ? {} : { traceparent: given }), tracestate: 'a=1' })).toEqual({});
});

test('a later version may carry more', () => {
  const later = `${traceparent.replace('00-', '01-')}-more`;
  expect(traceAttributes({ traceparent: later })).toEqual({ traceparent: later });
});

test('a correlation id with spaces, or too long, is dropped', () => {
  for (const given of ['a b', 'x'.repeat(129), '']) expect(traceAttributes({ 'x-correlation-id': given })).toEqual({});
});
