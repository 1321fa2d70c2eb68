import type { Transport } from '#messaging';
import type { SettingsDefinition, SettingsOf } from '#settings';

/** Where a transport stands: the same for every transport of an installation. */
export interface Installation {
  /** How many slices the queue has. */
  readonly lanes: number;
  /** Where this process keeps its files; a transport makes a directory of its own in it when it needs one. */
  readonly dataDir: string;
  readonly roles: Roles;
}

/** What a process does on the queue: a gateway publishes, persistence consumes, the standalone product does both. */
export interface Roles {
  readonly publishes: boolean;
  readonly consumes: boolean;
}

/** A transport as the loader finds it: what it is called, what it asks of the environment, and how it is made. */
export interface TransportPlugin<Definition extends SettingsDefinition = SettingsDefinition> {
  readonly name: string;
  readonly settings: Definition;
  /** Touches nothing outside the process: `open` does. */
  create(settings: SettingsOf<Definition>, installation: Installation): Transport;
}
