import { namesIn, ratioOf, summaryOf, type Run } from './run.js';
import { OURS } from './table.js';

const WIDTH = 720;
const LABEL_WIDTH = 130;
const VALUE_WIDTH = 150;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 16;
const HEAD_HEIGHT = 40;
const TEXT_DROP = 12;
const WHISKER_HALF = 4;

/** Ours, and the others; both legible on light and on dark paper. */
const COLOURS = { sluice: '#2a78d6', other: '#898781' };

export interface PlotPlan {
  readonly title: string;
  readonly scenario: string;
  readonly metric: string;
  readonly digits: number;
}

/** Bars of the medians, with lines from the lowest round to the highest, as an SVG. */
export function plotOf(run: Run, { title, scenario, metric, digits }: PlotPlan): string {
  const bars = namesIn(run).systems.flatMap((system) => {
    const summary = summaryOf(run, scenario, system, metric);
    const ratio = ratioOf(run, scenario, system, metric)?.median ?? Number.NaN;
    return summary ? [{ system, ...summary, ratio }] : [];
  });
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / Math.max(...bars.map(({ high }) => high));
  const rows = bars.map(({ system, median, low, high, ratio }, index) => {
    const top = HEAD_HEIGHT + index * ROW_HEIGHT;
    const middle = top + BAR_HEIGHT / 2;
    const [from, to] = [LABEL_WIDTH + low * scale, LABEL_WIDTH + high * scale];
    const whisker = `M${from.toFixed(1)} ${middle - WHISKER_HALF}v${2 * WHISKER_HALF}m0-${WHISKER_HALF}H${to.toFixed(1)}m0-${WHISKER_HALF}v${2 * WHISKER_HALF}`;
    const told = median.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${top + TEXT_DROP}" text-anchor="end">${system}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${top}" width="${(median * scale).toFixed(1)}" height="${BAR_HEIGHT}" rx="2" fill="${OURS.includes(system) ? COLOURS.sluice : COLOURS.other}"/>`,
      `<path d="${whisker}" stroke="currentColor" fill="none"/>`,
      `<text x="${(to + 8).toFixed(1)}" y="${top + TEXT_DROP}">${told} (×${ratio.toFixed(2)})</text>`,
    ].join('\n');
  });
  const height = HEAD_HEIGHT + bars.length * ROW_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<style>svg { color: #222 } text { fill: currentColor } @media (prefers-color-scheme: dark) { svg { color: #ddd } }</style>
<text x="8" y="20" font-weight="bold">${title}</text>
${rows.join('\n')}
</svg>
`;
}
