import { attributeNameOf, attributeValueOf } from './attributes.js';
import { textOf } from './header-text.js';

/** What a message says under CloudEvents' names; empty where it says nothing. */
export class FoundAttributes {
  specversion = '';
  id = '';
  source = '';
  type = '';
  time = '';
  partitionkey = '';
  datacontenttype = '';
  /** The content type, where the wire has it as a plain header. */
  contentTypeHeader = '';
  readonly extensions: Record<string, string> = {};
  /** Trace context in plain headers, as tracing libraries write it. */
  readonly #trace: Record<string, string> = {};

  constructor(headers: Readonly<Record<string, unknown>>) {
    for (const header of Object.keys(headers)) {
      const name = attributeNameOf(header);
      if (name === undefined) this.#notePlain(header, headers[header]);
      else this.note(name, attributeValueOf(header, textOf(headers[header])));
    }
    for (const name of Object.keys(this.#trace)) this.extensions[name] ??= this.#trace[name] ?? '';
  }

  note(name: string, value: string): void {
    switch (name) {
      case 'specversion':
      case 'id':
      case 'source':
      case 'type':
      case 'time':
      case 'partitionkey':
      case 'datacontenttype':
        this[name] = value;
        break;
      default:
        this.extensions[name] = value;
    }
  }

  #notePlain(header: string, value: unknown): void {
    switch (header.toLowerCase()) {
      case 'content-type':
        this.contentTypeHeader = textOf(value);
        break;
      case 'traceparent':
        this.#trace['traceparent'] = textOf(value);
        break;
      case 'tracestate':
        this.#trace['tracestate'] = textOf(value);
    }
  }
}
