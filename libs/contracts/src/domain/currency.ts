import { z } from 'zod';

/** ISO 4217 alphabetic codes in use, as the runtime's Unicode data lists them. */
const CODES = new Set(Intl.supportedValuesOf('currency'));

export const currencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: 'Use an ISO 4217 code of three capital letters, as EUR.', abort: true })
  .refine((code) => CODES.has(code), 'Not a currency of ISO 4217.')
  .meta({ id: 'CurrencyCode', examples: ['EUR', 'USD', 'JPY'] });
