const JSON_TYPE = 'application/json';

/** What a body is, by its content type: the payload, a whole event around it, or nothing that is read. */
export type BodyKind = 'payload' | 'attributes-in-headers' | 'event' | 'other';

/** Without a content type a body counts as JSON: many clients never set one. */
export function bodyKindOf(contentType: string | undefined): BodyKind {
  if (contentType === undefined || contentType === JSON_TYPE || contentType === '') return 'payload';
  const semicolon = contentType.indexOf(';');
  const mediaType = (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  switch (mediaType) {
    case 'application/cloudevents':
      return 'attributes-in-headers';
    case 'application/cloudevents+json':
      return 'event';
    case 'application/cloudevents-batch+json':
      return 'other';
    case '':
    case JSON_TYPE:
    case 'text/json':
      return 'payload';
    default:
      return mediaType.endsWith('+json') ? 'payload' : 'other';
  }
}

/** Whether bytes with this content encoding can be read as they are: some clients name the character set here. */
export function isPlainEncoding(contentEncoding: string | undefined): boolean {
  if (contentEncoding === undefined || contentEncoding === '') return true;
  return ['utf-8', 'utf8', 'identity'].includes(contentEncoding.toLowerCase());
}
