import { validate, type AnswerOf, type PayloadOf, type RequestContract } from '#contracts';
import { RequestUnavailable, type Requests } from './requests.js';

type Respond = (payload: never) => Promise<unknown>;

/** `Requests` within one process: hands each request to the responder that registered for its contract. */
export class RequestRouter implements Requests {
  readonly #responders = new Map<string, Respond>();

  register<Contract extends RequestContract>(
    contract: Contract,
    respond: (payload: PayloadOf<Contract>) => Promise<AnswerOf<Contract>>,
  ): void {
    this.#responders.set(contract.type, respond as Respond);
  }

  async ask<Contract extends RequestContract>(
    contract: Contract,
    payload: PayloadOf<Contract>,
    deadlineMs: number,
  ): Promise<AnswerOf<Contract>> {
    const respond = this.#responders.get(contract.type);
    if (!respond) throw new RequestUnavailable(`Nobody answers '${contract.type}' yet: persistence is still starting.`);
    const checked = validate(contract.payload, payload);
    if (!checked.valid) throw new TypeError(`Not a valid '${contract.type}': ${JSON.stringify(checked.faults)}`);
    return (await within(deadlineMs, contract.type, respond(checked.value as never))) as AnswerOf<Contract>;
  }
}

async function within<Value>(deadlineMs: number, type: string, answer: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new RequestUnavailable(`No answer to '${type}' within ${deadlineMs} ms.`)),
    deadlineMs,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
