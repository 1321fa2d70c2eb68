import type { Sample } from '../scenarios/scenario.js';

const WIDTH = 720;
const HEIGHT = 300;
const EDGE = { left: 60, right: 150, top: 40, bottom: 34 };
const TEXT_HALF = 4;
const TICKS = 4;
/** Legible on light and on dark paper. */
const COLOURS = ['#898781', '#2a78d6', '#c2571a', '#2f9e6e', '#8a63c9', '#b0892b'];
const DASH = { gatewayMib: '', consumerMib: ' stroke-dasharray="5 4"' };

/** Memory along the commands of the first round that measured it: a line for each process, as an SVG. */
export function growthPlotOf(samples: readonly Sample[]): string {
  const measured = samples.filter(({ scenario, round }) => scenario === 'growth' && round === samples[0]?.round);
  const lines = measured.flatMap(({ system, series = [] }, index) =>
    (['gatewayMib', 'consumerMib'] as const).map((metric) => ({
      name: `${system}, ${metric.slice(0, -'Mib'.length)}`,
      colour: COLOURS[index % COLOURS.length],
      dash: DASH[metric],
      points: series.map((point) => ({ x: point['commands'] ?? 0, y: point[metric] ?? Number.NaN })),
    })),
  );
  const told = lines
    .map((line) => ({ ...line, points: line.points.filter(({ y }) => Number.isFinite(y)) }))
    .filter(({ points }) => points.length > 0);
  const [xMax, yMax] = (['x', 'y'] as const).map((axis) =>
    Math.max(...told.flatMap(({ points }) => points.map((point) => point[axis]))),
  ) as [number, number];
  const x = (value: number) => EDGE.left + (value / xMax) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value: number) => HEIGHT - EDGE.bottom - (value / yMax) * (HEIGHT - EDGE.top - EDGE.bottom);
  const drawn = told.map(({ name, colour, dash, points }) => {
    const way = points.map((point) => `${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join('L');
    return `<path d="M${way}" fill="none" stroke="${colour}" stroke-width="1.5"${dash}><title>${name}</title></path>`;
  });
  const ends = spread(told.map(({ points }) => y(points.at(-1)?.y ?? 0)));
  const labels = told.map(
    ({ name, colour }, index) =>
      `<text x="${WIDTH - EDGE.right + 6}" y="${((ends[index] ?? 0) + TEXT_HALF).toFixed(1)}" fill="${colour}">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">
<style>svg { color: #222 } .axis { fill: currentColor } @media (prefers-color-scheme: dark) { svg { color: #ddd } }</style>
<text class="axis" x="8" y="20" font-size="13" font-weight="bold">Memory along the way, MiB over commands</text>
${axesOf(xMax, yMax, { x, y }).join('\n')}
${[...drawn, ...labels].join('\n')}
</svg>
`;
}

interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function axesOf(xMax: number, yMax: number, { x, y }: Scales): string[] {
  return Array.from({ length: TICKS + 1 }, (_, index) => index / TICKS).flatMap((share) => {
    const [commands, mib] = [Math.round(xMax * share), Math.round(yMax * share)];
    return [
      `<path d="M${EDGE.left} ${y(mib).toFixed(1)}H${WIDTH - EDGE.right}" stroke="currentColor" opacity="0.15"/>`,
      `<text class="axis" x="${EDGE.left - 6}" y="${(y(mib) + TEXT_HALF).toFixed(1)}" text-anchor="end">${mib}</text>`,
      `<text class="axis" x="${x(commands).toFixed(1)}" y="${HEIGHT - 12}" text-anchor="middle">${commands.toLocaleString('en')}</text>`,
    ];
  });
}

const LABEL_HEIGHT = 13;

/** Heights of labels, moved down where they would lie on each other. */
function spread(heights: readonly number[]): number[] {
  const placed: number[] = [...heights];
  const order = placed.map((_, index) => index).toSorted((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  let lowest = -Infinity;
  for (const index of order) {
    lowest = Math.max(heights[index] ?? 0, lowest + LABEL_HEIGHT);
    placed[index] = lowest;
  }
  return placed;
}
