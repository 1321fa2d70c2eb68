import { answers } from '../network/answers.js';

/** What a client of AMQP 1.0 with a password says first. */
const SASL_GREETING = Buffer.from('AMQP\x03\x01\0\0');

/** Whether a broker of AMQP 1.0 answers on the port. */
export function answersAmqp(port: number): Promise<boolean> {
  return answers(port, SASL_GREETING);
}
