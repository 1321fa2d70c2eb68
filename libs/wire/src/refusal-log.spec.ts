import { ConsoleLogger, Logger } from '@nestjs/common';
import { RefusalLog } from './refusal-log.js';

const MINUTE_MS = 60_000;
const WHY = 'the tokens differ: set the same WIRE_TOKEN at both ends';

let lines: string[];
let nowMs: number;
let log: RefusalLog;

beforeEach(() => {
  [lines, nowMs] = [[], 0];
  const line = (message: unknown) => void lines.push(String(message));
  Logger.overrideLogger({ log: line, warn: line, error: line });
  log = new RefusalLog('commands', () => nowMs);
});
afterAll(() => Logger.overrideLogger(new ConsoleLogger()));

test('a host that is refused again and again is told of at once, and then once in a minute', () => {
  for (let port = 1_000; port < 1_005; port++) log.note(`10.0.0.7:${port}`, WHY);
  log.note('[::1]:2000', WHY);
  expect(lines).toEqual([
    `Refused a link for commands from 10.0.0.7:1000: ${WHY}.`,
    `Refused a link for commands from [::1]:2000: ${WHY}.`,
  ]);
  nowMs = MINUTE_MS;
  for (let port = 1_005; port < 1_008; port++) log.note(`10.0.0.7:${port}`, WHY);
  expect(lines.slice(2)).toEqual([
    `Refused a link for commands from 10.0.0.7:1005: ${WHY}. 4 others from there were refused before.`,
  ]);
});

test('what a stranger says cannot look like a line of its own', () => {
  log.note('10.0.0.7:1000', 'the other end closed it: bye\r\n[Sluice] all is well');
  expect(lines).toEqual([expect.stringMatching(/closed it: bye \[Sluice\] all is well\.$/)]);
});
