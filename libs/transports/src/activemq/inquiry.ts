import { randomUUID } from 'node:crypto';
import type { Message, Receiver, Sender } from 'rhea';
import { AmqpError, onceSendable, onEnded, type Terminus, type Wire } from './wire.js';

/** A question nobody reads goes away by itself. */
const TTL_MS = 10_000;
const UNANSWERED_MAX = 1_024;

/** No answer came in time, which says nothing of why. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** Questions to the broker itself, which answers by messages. */
export class Inquiry {
  readonly #sender: Sender;
  readonly #answers: Receiver;
  readonly #answerMsMax: number;
  readonly #open = new Map<string, (answer: Message | AmqpError) => void>();
  #ended: AmqpError | undefined;

  private constructor(wire: Wire, sender: Sender, answers: Receiver, answerMsMax: number) {
    this.#answerMsMax = answerMsMax;
    this.#sender = sender;
    this.#answers = answers;
    answers.on('message', ({ message, delivery }) => {
      delivery?.accept();
      answers.add_credit(1);
      if (message) this.#open.get(String(message.correlation_id))?.(message);
    });
    for (const outcome of ['rejected', 'released']) sender.on(outcome, (context) => this.#refused(context.delivery));
    for (const link of [sender, answers]) onEnded(link, (error) => this.#end(error));
    wire.onLost((reason) => this.#end(new AmqpError('', reason)));
    answers.add_credit(UNANSWERED_MAX);
  }

  /** Rejects with an `AmqpError`. Without an address in the target each question names its own. */
  static async open(wire: Wire, target: Terminus, answerMsMax: number): Promise<Inquiry> {
    const answers = await wire.openReceiver({ dynamic: true, capabilities: ['temporary-queue'] }, UNANSWERED_MAX);
    const sender = await wire.openSender(target, UNANSWERED_MAX);
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    onceSendable(sender, resolve);
    await wire.unlessLost(taken);
    return new Inquiry(wire, sender, answers, answerMsMax);
  }

  /** Rejects with an `AmqpError`, or with `Unanswered`. */
  async ask(question: Pick<Message, 'application_properties' | 'body' | 'to'>): Promise<Message> {
    if (this.#ended) throw this.#ended;
    if (this.#open.size >= UNANSWERED_MAX) throw new Unanswered('the broker has too many questions to answer');
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Message | AmqpError | undefined>();
    const timer = setTimeout(resolve, this.#answerMsMax, undefined);
    this.#open.set(id, resolve);
    try {
      const reply = { message_id: id, correlation_id: id, reply_to: this.#answers.source.address, ttl: TTL_MS };
      // What exceeds the credit would hold up later ones for ever.
      if (this.#sender.sendable()) this.#sender.send({ ...question, ...reply }, id);
      const answer = await promise;
      if (answer instanceof AmqpError) throw answer;
      if (!answer) throw new Unanswered(`the broker does not answer within ${this.#answerMsMax} ms`);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#open.delete(id);
    }
  }

  close(): void {
    for (const link of [this.#sender, this.#answers]) link.session.close();
  }

  #refused(delivery: { tag: Buffer | string; remote_state?: unknown } | undefined): void {
    const error = (delivery?.remote_state as { error?: unknown } | undefined)?.error;
    const { condition, description } = (error ?? {}) as Record<string, string>;
    const answer = new AmqpError(condition ?? '', description ?? 'the broker refuses the question');
    this.#open.get(String(delivery?.tag))?.(answer);
  }

  #end(error: AmqpError): void {
    this.#ended ??= error;
    for (const answer of this.#open.values()) answer(this.#ended);
  }
}
