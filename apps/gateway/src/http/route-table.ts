export interface Route {
  readonly method: string;
  /** In Fastify's syntax: `/orders/:id`, `/docs/*`. */
  readonly path: string;
}

/** Every route that the server has, for `Allow` and for the proof that the OpenAPI document is complete. */
export class RouteTable {
  readonly #methodsByPath = new Map<string, Set<string>>();

  add(methods: string | readonly string[], path: string): void {
    const known = this.#methodsByPath.get(path) ?? new Set<string>();
    for (const method of [methods].flat()) known.add(method.toUpperCase());
    this.#methodsByPath.set(path, known);
  }

  get routes(): Route[] {
    return [...this.#methodsByPath].flatMap(([path, methods]) => [...methods].map((method) => ({ method, path })));
  }

  /** The methods that a request for this path may have, sorted; empty where no route has the path. */
  methodsOf(path: string): string[] {
    const segments = path.split('/');
    const methods = new Set<string>();
    for (const [pattern, known] of this.#methodsByPath) {
      if (!matches(pattern.split('/'), segments)) continue;
      for (const method of known) methods.add(method);
    }
    return [...methods].sort();
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.at(-1) === '*') {
    const fixed = pattern.slice(0, -1);
    return segments.length >= pattern.length && matches(fixed, segments.slice(0, fixed.length));
  }
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  );
}
