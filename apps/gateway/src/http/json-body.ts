import { toPointer, type Fault } from '#contracts';
import { problemOf } from './problem-catalogue.js';
import type { Problem } from './problem.js';

/** Deeper JSON is no payload of any contract, and would only try the stacks of those who walk it. */
export const DEPTH_MAX = 64;

/** Keys that mean something to JavaScript objects; the framework would drop them in silence instead of refusing them. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The JSON value of a body. Throws a `Problem` that says where it stops being JSON, or which parts of it nobody can store. */
export function parseJsonBody(body: Uint8Array): unknown {
  if (body.length === 0) {
    throw bodyProblem('The body is empty.', [{ pointer: '', detail: 'A JSON value is required.' }]);
  }
  const text = decode(body);
  const value = parse(text);
  const faults = isClear(text) ? [] : faultsOf(value);
  if (faults.length > 0) throw bodyProblem('The body has parts that cannot be taken.', faults);
  return value;
}

function bodyProblem(detail: string, errors: Fault[]): Problem {
  return problemOf('invalid-request', { detail, errors });
}

function decode(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw problemOf('malformed-json', { detail: 'The body is not UTF-8. Send JSON in UTF-8.' }, { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw problemOf('malformed-json', { detail: `${explanation(cause, text)}.` }, { cause });
  }
}

/** What the parser stumbled over, with line and column, and without the quotation of the payload that V8 adds. */
function explanation(cause: unknown, text: string): string {
  const message = (cause as Error).message;
  const token = /^Unexpected token '(.{1,2})'/su.exec(message)?.[1];
  const what = token === undefined ? (message.split(/ in JSON|,? at position/)[0] ?? message) : `Unexpected '${token}'`;
  const offset = Number(
    /at position (\d+)/.exec(message)?.[1] ?? (token === undefined ? text.length : offsetOfToken(text)),
  );
  if (Number.isNaN(offset)) return what;
  const before = text.slice(0, offset).split('\n');
  return `${what} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Past this the search below would cost more than the answer is worth. */
const SEARCHED_LENGTH_MAX = 100_000;

/** V8 does not say where an unexpected token stands: it ends the shortest prefix with that complaint. */
function offsetOfToken(text: string): number {
  if (text.length > SEARCHED_LENGTH_MAX) return Number.NaN;
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return good;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token');
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [91, 93, 123, 125];

/**
 * Whether JSON that was parsed shows by its text alone that it has no fault, which is cheaper than a walk through its value:
 * without escapes no string holds what UTF-8 could not, the forbidden keys are spelled out, and brackets tell the depth.
 */
function isClear(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) return false;
    if (code === QUOTE) quoted = !quoted;
    else if (quoted) continue;
    else if (code === BRACE || code === BRACKET) depth++;
    else if (code === BRACE_END || code === BRACKET_END) depth--;
    if (depth > DEPTH_MAX) return false;
  }
  return !text.includes('proto') && !text.includes('constructor');
}

interface Visit {
  readonly value: unknown;
  readonly path: readonly PropertyKey[];
}

/** Walks with a stack of its own, because the depth of the value is the sender's choice. */
function faultsOf(root: unknown): Fault[] {
  const faults: Fault[] = [];
  const visits: Visit[] = [{ value: root, path: [] }];
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { value, path } = visit;
    if (typeof value === 'string') collect(faults, path, textFault(value));
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= DEPTH_MAX) {
      faults.push({ pointer: toPointer(path), detail: `Nested deeper than ${DEPTH_MAX} levels.` });
      continue;
    }
    const isArray = Array.isArray(value);
    for (const [key, child] of Object.entries(value)) {
      const childPath = [...path, key];
      if (!isArray) collect(faults, childPath, keyFault(key));
      visits.push({ value: child, path: childPath });
    }
  }
  return faults;
}

function collect(faults: Fault[], path: readonly PropertyKey[], detail: string | undefined): void {
  if (detail !== undefined) faults.push({ pointer: toPointer(path), detail });
}

function keyFault(key: string): string | undefined {
  return FORBIDDEN_KEYS.has(key) ? 'A key of this name is never taken.' : textFault(key);
}

/** PostgreSQL can store neither, so such a command could only end as a dead letter. */
function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'The character U+0000 cannot be stored.';
  return text.isWellFormed() ? undefined : 'Half of a surrogate pair is no character and cannot be stored.';
}
