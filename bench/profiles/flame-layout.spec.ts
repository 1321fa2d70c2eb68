import type { Stack } from './cpu-profile.js';
import { flameGraphOf } from './flame-graph.js';
import { layOut } from './flame-layout.js';

const stack = (us: number, ...names: string[]): Stack => ({
  us,
  frames: names.map((functionName) => ({ functionName, url: `file:///x/dist/${functionName}.js`, lineNumber: 0 })),
});

const STACKS = [stack(10, 'main'), stack(30, 'main', 'left'), stack(50, 'main', 'right', 'deep'), stack(10, 'other')];

const byName = (shareMin = 0) => new Map(layOut(STACKS, shareMin).map((box) => [box.name, box]));

it('a function is as wide as its own time and that of what it called', () => {
  const boxes = byName();
  const widths = ['main', 'left', 'right', 'deep', 'other'].map((name) => boxes.get(name)?.width);
  expect(widths).toEqual([0.9, 0.3, 0.5, 0.5, 0.1]);
  expect([boxes.get('main')?.depth, boxes.get('deep')?.depth]).toEqual([0, 2]);
});

it('callees lie within their caller, and no two of one depth on each other', () => {
  const boxes = layOut(STACKS, 0);
  const ends = (name: string) => {
    const box = boxes.find((one) => one.name === name);
    return [box?.from ?? Number.NaN, (box?.from ?? Number.NaN) + (box?.width ?? Number.NaN)] as const;
  };
  expect(ends('right')[0]).toBe(ends('main')[0]);
  expect(ends('left')[0]).toBeCloseTo(ends('right')[1]);
  expect(ends('left')[1]).toBeLessThanOrEqual(ends('main')[1]);
  expect(ends('other')[0]).toBeCloseTo(ends('main')[1]);
  expect(ends('deep')).toEqual(ends('right'));
});

it('what is too narrow to be seen is left out with all that it called', () => {
  expect([...byName(0.2).keys()]).toEqual(['main', 'right', 'deep', 'left']);
  expect(layOut([], 0.1)).toEqual([]);
});

it('a drawing tells each function, its share and its microseconds, and escapes what SVG would take for its own', () => {
  const svg = flameGraphOf([stack(3, 'a<b>'), stack(1, 'c')], { title: 'gateway', usPerCommand: 200 });
  expect(svg).toContain('<title>a&lt;b&gt; a&lt;b&gt;.js: 75.0 %, 150.0 µs a command</title>');
  expect(svg).not.toContain('a<b>');
  expect(svg).not.toMatch(/NaN|undefined|href|<script/);
});
