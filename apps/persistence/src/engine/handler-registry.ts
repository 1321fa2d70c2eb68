import { Catalogue, type CommandContract } from '#contracts';
import type { DiscoveryService } from '@nestjs/core';
import { HANDLES } from '../handling/decorators.js';
import type { Handler } from '../handling/handler.js';

/** A contract and its one handler. */
export interface Binding {
  readonly contract: CommandContract;
  readonly handler: Handler;
}

/** Which handler runs which contract. Every contract has exactly one, or there is no registry and so no start. */
export class HandlerRegistry {
  readonly #bindings: ReadonlyMap<string, Binding>;

  constructor(catalogue: Catalogue, bindings: readonly Binding[]) {
    const byType = new Map<string, Binding>();
    for (const binding of bindings) {
      const { type } = binding.contract;
      const other = byType.get(type);
      if (other) {
        throw new TypeError(
          `'${type}' has two handlers, ${nameOf(other.handler)} and ${nameOf(binding.handler)}; remove one of them.`,
        );
      }
      if (catalogue.commands.get(type) !== binding.contract) {
        throw new TypeError(
          `${nameOf(binding.handler)} handles '${type}', which is no contract of the catalogue; add the contract to it or ` +
            'remove the handler.',
        );
      }
      byType.set(type, binding);
    }
    for (const type of catalogue.commands.keys()) {
      if (byType.has(type)) continue;
      throw new TypeError(
        `The contract '${type}' has no handler; mark one with @Handles and list it among its module's providers. ` +
          `There are handlers of: ${[...byType.values()].map((binding) => nameOf(binding.handler)).join(', ') || 'none'}.`,
      );
    }
    this.#bindings = byType;
  }

  /** Gathers what `@Handles` marks among the providers of the application. */
  static discover(catalogue: Catalogue, discovery: DiscoveryService): HandlerRegistry {
    const bindings: Binding[] = [];
    for (const { instance, metatype } of discovery.getProviders()) {
      if (!instance || !metatype) continue;
      const contract = Reflect.getMetadata(HANDLES, metatype) as CommandContract | undefined;
      if (contract) bindings.push({ contract, handler: instance as Handler });
    }
    return new HandlerRegistry(catalogue, bindings);
  }

  /** Throws where a handler could outlast its session: the server would end the connection before the contract's own limit does. */
  refuseLongerThan(idleInTransactionTimeoutMs: number): void {
    for (const { contract, handler } of this.#bindings.values()) {
      if (contract.handlerTimeoutMs < idleInTransactionTimeoutMs) continue;
      throw new TypeError(
        `${nameOf(handler)} may run for the handlerTimeoutMs ${contract.handlerTimeoutMs} of '${contract.type}', but PostgreSQL ` +
          `ends its session after the idleInTransactionTimeoutMs ${idleInTransactionTimeoutMs}; make the first the shorter one.`,
      );
    }
  }

  of(type: string): Binding | undefined {
    return this.#bindings.get(type);
  }
}

function nameOf(handler: Handler): string {
  return handler.constructor.name;
}
