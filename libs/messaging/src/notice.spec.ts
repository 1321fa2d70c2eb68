import { decodeNotice, encodeNotice, type NoticedOutcome } from './notice.js';

describe('a notice', () => {
  test('comes back as it was sent', () => {
    const outcomes: NoticedOutcome[] = [
      { commandId: '0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01', state: 'applied', fingerprint: '0011223344556677' },
    ];
    expect(decodeNotice(encodeNotice(outcomes))).toEqual({ version: 1, outcomes });
  });

  test.each(['', '{', 'null', '[]', '{"version":1,"outcomes":1}', '{"version":2,"outcomes":[]}', '\u0000'])(
    'is nothing when the bytes are %p',
    (text) => {
      expect(decodeNotice(new TextEncoder().encode(text))).toBeUndefined();
    },
  );
});
