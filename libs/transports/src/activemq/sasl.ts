/** One way of showing who connects, as the client asks for it. */
interface Mechanism {
  start(answer: (error: undefined, response: Buffer) => void): void;
}

/**
 * What the process can show to the broker, which chooses. Written by us, because the client counts characters where PLAIN
 * has bytes, and so cuts a password that is not all ASCII.
 */
export function mechanismsFor(
  username: string,
  password: string,
  external: boolean,
): Readonly<Record<string, Mechanism>> {
  if (username !== '') return { PLAIN: saying(`\0${username}\0${password}`) };
  if (external) return { EXTERNAL: saying('') };
  return { ANONYMOUS: saying('sluice') };
}

function saying(text: string): Mechanism {
  return { start: (answer) => answer(undefined, Buffer.from(text)) };
}
