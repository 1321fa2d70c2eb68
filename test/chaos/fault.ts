import type { Random } from '#testing';
import type { Site } from './site.js';

/** Ends a fault that has begun. */
export type Mend = () => Promise<void>;

/** What may happen to one part of a site. */
export interface Fault {
  /** Each kind is chosen as often as any other, however many faults there are of it. */
  readonly kind: 'gateway' | 'persistence' | 'database' | 'broker' | 'way' | 'disk' | 'clock';
  /** As a reader calls it, with its target. */
  readonly name: string;
  /** What it takes: faults that share a part are not begun together. */
  readonly parts: readonly string[];
  begin(site: Site, random: Random): Promise<Mend>;
}
