import type { CommandContract } from './command.js';
import type { RequestContract } from './request.js';

/** Every contract of an installation, by type. Refuses what cannot work: a type twice, or a stream with two orderings. */
export class Catalogue {
  readonly commands: ReadonlyMap<string, CommandContract>;
  readonly requests: ReadonlyMap<string, RequestContract>;

  constructor(contracts: readonly (CommandContract | RequestContract)[]) {
    const commands = new Map<string, CommandContract>();
    const requests = new Map<string, RequestContract>();
    for (const contract of contracts) {
      if (commands.has(contract.type) || requests.has(contract.type)) {
        throw new TypeError(
          `Two contracts have the type '${contract.type}'; give one of them another name or version.`,
        );
      }
      if (contract.kind === 'command') commands.set(contract.type, contract);
      else requests.set(contract.type, contract);
    }
    assertOneOrderingPerStream([...commands.values()]);
    this.commands = commands;
    this.requests = requests;
  }
}

function assertOneOrderingPerStream(commands: readonly CommandContract[]): void {
  const firstOf = new Map<string, CommandContract>();
  for (const contract of commands) {
    const { name, ordering } = contract.stream;
    const first = firstOf.get(name);
    if (first && first.stream.ordering !== ordering) {
      throw new TypeError(
        `The stream '${name}' is ${first.stream.ordering} in '${first.type}' and ${ordering} in '${contract.type}'; ` +
          'ordering belongs to the stream, so all its contracts must agree.',
      );
    }
    firstOf.set(name, first ?? contract);
  }
}
