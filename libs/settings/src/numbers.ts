import { z } from 'zod';

const DAY_MS = 86_400_000;

export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** A time of up to a day. */
export const milliseconds = (min = 1) => wholeNumber(min, DAY_MS);

export const port = (min = 0) => wholeNumber(min, 65_535);
