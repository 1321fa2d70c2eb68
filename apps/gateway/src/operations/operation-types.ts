import { hash } from 'node:crypto';

/**
 * A number of two bytes for each command type, so that an operation id names its type before the ledger has a line.
 * Derived from the name alone: all gateways and all versions agree without a table.
 */
export class OperationTypes {
  readonly #typeByNumber = new Map<number, string>();
  readonly #numberByType = new Map<string, number>();

  constructor(types: Iterable<string>) {
    for (const type of types) {
      const number = this.numberOf(type);
      const other = this.#typeByNumber.get(number);
      if (other !== undefined) {
        throw new TypeError(
          `The command types '${other}' and '${type}' share the number ${number} in operation ids; rename the newer one.`,
        );
      }
      this.#typeByNumber.set(number, type);
      this.#numberByType.set(type, number);
    }
  }

  numberOf(type: string): number {
    return this.#numberByType.get(type) ?? Number.parseInt(hash('sha256', type, 'hex').slice(0, 4), 16);
  }

  typeOf(number: number): string | undefined {
    return this.#typeByNumber.get(number);
  }
}
