import { collectDefaultMetrics, Registry } from 'prom-client';

let ofProcess: Registry | undefined;

/** Node's own metrics. One for the process, since they watch its garbage collector and its event loop. */
function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** What `/metrics` shows: each part of the app adds its registry, and Node's own metrics come by themselves. */
export class Exposition {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registries: Registry[] = [];

  add(registry: Registry): void {
    this.#registries.push(registry);
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    return Registry.merge([...this.#registries, processRegistry()]).metrics();
  }
}
