/** Many run beside each other, or one runs alone. Who wants to be alone goes before those who come after. */
export class Gate {
  #running = 0;
  #alone: Promise<void> = Promise.resolve();
  readonly #idle: (() => void)[] = [];

  async beside<Value>(work: () => Promise<Value>): Promise<Value> {
    let alone;
    do await (alone = this.#alone);
    while (alone !== this.#alone);
    this.#running++;
    try {
      return await work();
    } finally {
      if (--this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  async alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const before = this.#alone;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#alone = promise;
    await before;
    if (this.#running > 0) await new Promise<void>((idle) => this.#idle.push(idle));
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}
