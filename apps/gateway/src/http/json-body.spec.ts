import fc from 'fast-check';
import { DEPTH_MAX, parseJsonBody } from './json-body.js';
import { Problem } from './problem.js';

const bytes = (text: string) => new TextEncoder().encode(text);

function problemOfBody(body: Uint8Array): Problem['details'] {
  try {
    parseJsonBody(body);
  } catch (error) {
    if (error instanceof Problem) return error.details;
    throw error;
  }
  throw new Error('The body was taken.');
}

describe('a JSON body', () => {
  it('is taken whatever kind of value it is', () => {
    for (const value of [{ a: [1, 'ü', null] }, [], 'text', 0, false, null]) {
      expect(parseJsonBody(bytes(JSON.stringify(value)))).toEqual(value);
    }
  });

  it.each([
    ['{"a":}', "Unexpected '}' at line 1, column 6."],
    ['{\n  "a": 1,\n}', 'Expected double-quoted property name at line 3, column 1.'],
    ['{"a": "b\n"}', 'Bad control character in string literal at line 1, column 9.'],
    ['[1, 2', "Expected ',' or ']' after array element at line 1, column 6."],
    ['nope', "Unexpected 'o' at line 1, column 2."],
  ])('that stops being JSON says where: %j', (text, detail) => {
    expect(problemOfBody(bytes(text))).toMatchObject({ type: '/problems/malformed-json', status: 400, detail });
  });

  it('is never quoted in the problem about it', () => {
    const details = problemOfBody(bytes(`{"secret": "do-not-repeat-me", "more": }${' '.repeat(50)}`));
    expect(JSON.stringify(details)).not.toContain('do-not-repeat-me');
  });

  it('that is no UTF-8 is refused', () => {
    expect(problemOfBody(new Uint8Array([0x22, 0xff, 0x22]))).toMatchObject({ type: '/problems/malformed-json' });
  });

  it('that is empty is refused with a pointer to the whole', () => {
    expect(problemOfBody(bytes('')).errors).toEqual([{ pointer: '', detail: 'A JSON value is required.' }]);
  });

  it('with what PostgreSQL cannot store gets a pointer to each such place', () => {
    const { errors } = problemOfBody(bytes('{"a/b": ["ok", "\\u0000"], "c": "\\ud800", "\\u0000k": 1}'));
    const pointers = errors?.map((fault) => 'pointer' in fault && fault.pointer);
    expect(pointers?.sort()).toEqual(['/\0k', '/a~1b/1', '/c']);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('with the key %s is refused, wherever it stands', (key) => {
    const { errors } = problemOfBody(bytes(`{"a": [{"${key}": {"admin": true}}]}`));
    expect(errors).toEqual([{ pointer: `/a/0/${key}`, detail: 'A key of this name is never taken.' }]);
  });

  it('nested to the limit is taken, and one level deeper is refused', () => {
    const nested = (levels: number) => bytes('['.repeat(levels) + ']'.repeat(levels));
    expect(parseJsonBody(nested(DEPTH_MAX))).toBeInstanceOf(Array);
    expect(problemOfBody(nested(DEPTH_MAX + 1)).errors).toHaveLength(1);
  });

  it('nested as deep as a megabyte allows is refused, not a stack overflow', () => {
    expect(problemOfBody(bytes('['.repeat(500_000) + ']'.repeat(500_000)))).toMatchObject({ status: 400 });
  });

  it('is judged the same whether its text shows at a glance that it is sound, or has to be walked', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'prototype', 'proto', '{', ']', 'a'));
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      key,
      fc.constantFrom('\0', '\ud800'),
      fc.double(),
      fc.boolean(),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'large' },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs) as unknown),
      ),
    }));
    const deep = fc.tuple(value, fc.nat(DEPTH_MAX + 2)).map(([inner, levels]) => {
      let outer = inner;
      for (let level = 0; level < levels; level++) outer = [outer];
      return JSON.stringify(outer);
    });
    const outcome = (text: string) => {
      try {
        return { taken: parseJsonBody(bytes(text)) };
      } catch (error) {
        return { refused: (error as Problem).details };
      }
    };
    fc.assert(
      fc.property(deep, (json) => {
        // An escape anywhere makes the walk necessary.
        expect(outcome(`[${json},"a"]`)).toEqual(outcome(`[${json},"\\u0061"]`));
      }),
      { numRuns: 500 },
    );
  });
});
