import type { Catalogue, RequestContract } from '#contracts';
import type { RequestRouter } from '#messaging';
import type { DiscoveryService } from '@nestjs/core';

import { ANSWERS, type Responder } from '../handling/decorators.js';
import { asRequestError } from './request-error.js';

interface Found {
  readonly name: string;
  readonly contract: RequestContract;
  readonly responder: Responder<RequestContract>;
}

/**
 * Registers every `@Answers` provider with the router. Throws, naming contract and responder, unless each request contract of
 * the catalogue has exactly one responder and each responder answers one of them.
 */
export function registerResponders(discovery: DiscoveryService, catalogue: Catalogue, router: RequestRouter): void {
  const found = respondersOf(discovery);
  const faults = faultsOf(found, catalogue);
  if (faults.length > 0) throw new Error(faults.join(' '));
  for (const { contract, responder } of found) {
    router.register(contract, async (payload) => {
      try {
        return await responder.answer(payload);
      } catch (error) {
        throw asRequestError(error);
      }
    });
  }
}

function respondersOf(discovery: DiscoveryService): Found[] {
  return discovery.getProviders().flatMap((wrapper) => {
    const { instance, metatype } = wrapper as { instance: unknown; metatype: unknown };
    if (typeof metatype !== 'function' || !instance) return [];
    const contract = Reflect.getMetadata(ANSWERS, metatype) as RequestContract | undefined;
    return contract ? [{ name: metatype.name, contract, responder: instance as Found['responder'] }] : [];
  });
}

function faultsOf(found: readonly Found[], catalogue: Catalogue): string[] {
  const faults: string[] = [];
  const names = new Map<string, string>();
  for (const { name, contract } of found) {
    const other = names.get(contract.type);
    if (other) faults.push(`'${contract.type}' has two responders, ${other} and ${name}: remove one.`);
    else if (catalogue.requests.get(contract.type) !== contract) {
      faults.push(
        `${name} answers '${contract.type}', which is not in the catalogue: add the contract, or remove ${name}.`,
      );
    }
    names.set(contract.type, name);
  }
  for (const type of catalogue.requests.keys()) {
    if (!names.has(type)) {
      faults.push(
        `The request contract '${type}' has no responder: list a provider marked @Answers(…) for it in a module. ` +
          `There are ${[...names.values()].join(', ') || 'none'}.`,
      );
    }
  }
  return faults;
}
