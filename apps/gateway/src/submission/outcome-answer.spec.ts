import { Problem } from '../http/problem.js';
import { KEY_REUSED, type Operation } from '../operations/operation.js';
import { answerOf, keyReusedProblem } from './outcome-answer.js';

describe('the answer of a submission', () => {
  test('a key with another payload reads the same, whether the ledger or persistence recognised it', () => {
    const operation = { id: 'a', status: 'rejected', error: KEY_REUSED } as unknown as Operation;
    const { extensions, headers, ...told } = thrownBy(() => answerOf(operation, {}, {} as never, ['wait=20'])).details;
    expect(extensions).toEqual({ operation, error: KEY_REUSED });
    expect(headers).toEqual({ 'preference-applied': 'wait=20' });
    expect(keyReusedProblem().details).toMatchObject(told);
    expect(told).toMatchObject({ status: 422, errors: [{ header: 'Idempotency-Key' }] });
  });
});

function thrownBy(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('No problem was thrown.');
}
