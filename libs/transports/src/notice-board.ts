/** Notices within one process: handed over later, so that a listener never runs inside whoever notifies. */
export class NoticeBoard {
  readonly #listeners = new Set<(notice: Uint8Array) => void>();

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    // A listener may be registered twice, so each registration is a function of its own.
    const listener = (notice: Uint8Array) => onNotice(notice);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(notice: Uint8Array): void {
    if (this.#listeners.size === 0) return;
    const copy = notice.slice();
    setImmediate(() => {
      for (const listener of this.#listeners) tell(listener, copy);
    });
  }

  clear(): void {
    this.#listeners.clear();
  }
}

function tell(listener: (notice: Uint8Array) => void, notice: Uint8Array): void {
  try {
    listener(notice);
  } catch {
    // A notice is a hint: what one listener makes of it is no concern of the others or of the sender.
  }
}
