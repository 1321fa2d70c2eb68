import type { HealthState, TransportHealth } from './transport.js';

/** A transport's health as it sets it: watchers hear of changes only, one by one. */
export class HealthSignal implements TransportHealth {
  #state: HealthState;
  readonly #watchers = new Set<(state: HealthState) => void>();

  constructor(initial: HealthState = { status: 'down', reason: 'Not open yet.' }) {
    this.#state = initial;
  }

  get state(): HealthState {
    return this.#state;
  }

  set(next: HealthState): void {
    const { status, reason } = this.#state;
    if (status === next.status && reason === next.reason) return;
    this.#state = next;
    for (const watcher of this.#watchers) watcher(next);
  }

  watch(onChange: (state: HealthState) => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }
}
