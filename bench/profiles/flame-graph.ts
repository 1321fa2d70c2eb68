import type { Owner, Stack } from './cpu-profile.js';
import { layOut, type Box } from './flame-layout.js';

const WIDTH = 1_200;
const ROW_HEIGHT = 17;
const HEAD_HEIGHT = 52;
const CHARACTER_WIDTH = 6.3;
const PADDING = 3;
/** Narrower than a pixel and a half nobody sees anything. */
const SHARE_MIN = 0.0012;

const COLOURS: Readonly<Record<Owner, string>> = {
  ours: '#8fb8ea',
  package: '#f0c27a',
  node: '#a9cfa4',
  engine: '#cfccc4',
};
const LEGEND: Readonly<Record<Owner, string>> = {
  ours: 'ours',
  package: 'packages',
  node: 'Node',
  engine: 'native code, V8',
};

export interface FlamePlan {
  readonly title: string;
  /** CPU of the thread for each command, in microseconds; NaN where nobody told. */
  readonly usPerCommand: number;
}

/** An SVG that needs nothing else: the outermost functions at the bottom; each box tells its figures under the pointer. */
export function flameGraphOf(stacks: readonly Stack[], plan: FlamePlan): string {
  const boxes = layOut(stacks, SHARE_MIN);
  const rows = Math.max(0, ...boxes.map(({ depth }) => depth)) + 1;
  const height = HEAD_HEIGHT + rows * ROW_HEIGHT + PADDING;
  const cost = Number.isFinite(plan.usPerCommand) ? ` (${plan.usPerCommand.toFixed(0)} µs of CPU a command)` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">
<style>rect { stroke: #fff; stroke-width: 0.5 } g:hover rect { stroke: #000 }</style>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="8" y="20" font-family="sans-serif" font-size="15" font-weight="bold">${escaped(plan.title + cost)}</text>
${legend()}
${boxes.map((box) => drawn(box, height, plan)).join('\n')}
</svg>
`;
}

function drawn({ name, place, owner, depth, from, width }: Box, height: number, { usPerCommand }: FlamePlan): string {
  const [x, y] = [from * WIDTH, height - PADDING - (depth + 1) * ROW_HEIGHT];
  const pixels = width * WIDTH;
  const room = Math.floor((pixels - 2 * PADDING) / CHARACTER_WIDTH);
  const label = name.length <= room ? name : room > 3 ? `${name.slice(0, room - 1)}…` : '';
  const cost = Number.isFinite(usPerCommand) ? `, ${(width * usPerCommand).toFixed(1)} µs a command` : '';
  const told = `${[name, place].filter((part) => part !== '').join(' ')}: ${(width * 100).toFixed(1)} %${cost}`;
  const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${pixels.toFixed(1)}" height="${ROW_HEIGHT}" fill="${COLOURS[owner]}"/>`;
  const text = label && `<text x="${(x + PADDING).toFixed(1)}" y="${y + ROW_HEIGHT - 5}">${escaped(label)}</text>`;
  return `<g><title>${escaped(told)}</title>${rect}${text}</g>`;
}

function legend(): string {
  return (Object.keys(LEGEND) as Owner[])
    .map((owner, index) => {
      const x = 8 + index * 150;
      return `<rect x="${x}" y="30" width="12" height="12" fill="${COLOURS[owner]}"/><text x="${x + 18}" y="40">${LEGEND[owner]}</text>`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
