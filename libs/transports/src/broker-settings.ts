import { z } from 'zod';
import { setting } from '#settings';

const ADDRESSES_MAX = 32;

export const MEBIBYTE = 1024 ** 2;
/** The least bound of what is under way: a body of the largest size must fit. */
export const IN_FLIGHT_BYTES_MAX_LEAST = 4 * MEBIBYTE;

/** URLs separated by commas, each with a host, credentials that can be decoded, and whatever else `isAddress` asks for. */
export function brokerUrls(protocol: RegExp, isAddress: (url: URL) => boolean) {
  const isReadable = (text: string): boolean => {
    try {
      const url = new URL(text);
      // A percent sign that no byte follows would throw where the credentials are decoded.
      for (const part of [url.username, url.password]) decodeURIComponent(part);
      return url.hostname !== '' && isAddress(url);
    } catch {
      return false;
    }
  };
  return z
    .string()
    .transform((text) => text.split(',').map((url) => url.trim()))
    .pipe(z.array(z.url({ protocol }).refine(isReadable)).min(1).max(ADDRESSES_MAX));
}

export const filePath = (meaning: string) => setting(z.string().min(1).optional(), { meaning });
