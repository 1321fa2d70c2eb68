import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { HmacSha256 } from './hmac-sha256.js';

describe('HmacSha256', () => {
  it('gives the tags of createHmac, for keys shorter and longer than a block', () => {
    const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ minLength: 64, maxLength: 64 }));
    const message = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 100 }));
    fc.assert(
      fc.property(key, fc.array(message, { minLength: 1, maxLength: 3 }), (secret, messages) => {
        const hmac = new HmacSha256(secret);
        for (const [bytes, text] of messages) {
          expect(hmac.hex(bytes, text)).toBe(createHmac('sha256', secret).update(bytes).update(text).digest('hex'));
        }
      }),
    );
  });
});
