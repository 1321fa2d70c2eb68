import { Counter, Gauge, type Metric, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string | number>>;
/** Label values must be bounded: lanes, states, contract types. Never ids or anything of a payload. */
export type Sample = readonly [value: number, labels?: Labels];
type Read = () => Iterable<Sample> | Promise<Iterable<Sample>>;

interface Description {
  readonly name: string;
  /** A sentence for operators. */
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/**
 * Metrics of things that are counted elsewhere: read at each scrape, so that the way of a command touches plain numbers only.
 * A read that rejects shows nothing, since an old number would pass for the present one.
 */
export class ShownMetrics {
  readonly registry = new Registry();

  counter(description: Description, read: Read): void {
    const fill = async (counter: Counter) => {
      const samples = await readOrNothing(read);
      empty(counter, description);
      for (const [value, labels = {}] of samples) counter.inc(labels, value);
    };
    new Counter({ ...configOf(description), registers: [this.registry], collect: collecting(fill) });
  }

  gauge(description: Description, read: Read): void {
    const fill = async (gauge: Gauge) => {
      const samples = await readOrNothing(read);
      empty(gauge, description);
      for (const [value, labels = {}] of samples) gauge.set(labels, value);
    };
    new Gauge({ ...configOf(description), registers: [this.registry], collect: collecting(fill) });
  }

  /** A metric that counts by itself, as a histogram does. */
  add(metric: Metric): void {
    this.registry.registerMetric(metric);
  }
}

function configOf({ name, help, labelNames = [] }: Description) {
  return { name, help, labelNames };
}

async function readOrNothing(read: Read): Promise<Iterable<Sample>> {
  try {
    return await read();
  } catch {
    return [];
  }
}

/** One without labels shows 0 after a reset, which is a number too. */
function empty(metric: Counter | Gauge, { labelNames = [] }: Description): void {
  metric.reset();
  if (labelNames.length === 0) metric.remove();
}

/** The library calls it with the metric as `this`. */
function collecting<Kind>(fill: (metric: Kind) => Promise<void>) {
  return function (this: Kind): Promise<void> {
    return fill(this);
  };
}
