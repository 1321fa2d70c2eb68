/** How a value of a sample is told. */
export interface Column {
  readonly metric: string;
  readonly title: string;
  readonly digits: number;
  /** Whether the ratio to the reference stands beside it. */
  readonly ratio: boolean;
}

const column = (metric: string, title: string, digits: number, ratio = false): Column => ({
  metric,
  title,
  digits,
  ratio,
});

const RATE = column('perSecond', 'commands/s', 0, true);
const CPU = [
  column('gatewayCpu', 'gateway CPU s', 2, true),
  column('consumerCpu', 'consumer CPU s', 2, true),
  column('queueCpu', 'queue CPU s', 2),
  column('databaseCpu', 'database CPU s', 2),
  column('systemCpu', 'all CPU s', 2, true),
  column('loadCpu', 'load CPU s', 2),
];
const ANSWER = [column('p50Ms', '202 p50 ms', 1), column('p99Ms', '202 p99 ms', 1)];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  steady: [RATE, ...ANSWER, column('rowsPerCommit', 'rows per commit', 1), ...CPU],
  accept: [RATE, ...ANSWER, ...CPU],
  drain: [RATE, ...CPU],
  outage: [
    column('upP50Ms', '202 p50 ms, up', 1),
    column('awayP50Ms', '202 p50 ms, killed', 1),
    column('upP99Ms', '202 p99 ms, up', 1),
    column('awayP99Ms', '202 p99 ms, killed', 1),
    column('p99Ratio', 'p99, killed to up', 2),
  ],
  'catch-up': [
    column('awaySeconds', 'away s', 1),
    column('backlog', 'waiting then', 0),
    column('goneSeconds', 'gone after s', 2, true),
    column('perSecond', 'commands/s meanwhile', 0, true),
  ],
  memory: [column('gatewayMib', 'gateway MiB', 0, true), column('consumerMib', 'consumer MiB', 0, true)],
  growth: [
    column('commands', 'commands', 0),
    ...['gateway', 'consumer'].flatMap((name) => [
      column(`${name}First`, `${name} MiB, first`, 0),
      column(`${name}Median`, 'median', 0),
      column(`${name}Last`, 'last', 0),
      column(`${name}Slope`, 'MiB more per 100,000', 2),
    ]),
  ],
};

const FLATNESS = [
  column('acceptPerSecond', 'accepted/s', 0, true),
  column('acceptRatio', 'to the fewest waiting', 2),
  column('gatewayCpu', 'gateway CPU s', 2, true),
  column('drainPerSecond', 'drained/s', 0, true),
  column('drainRatio', 'to the fewest waiting', 2),
];

const LATENCY = [
  column('p50Ms', 'committed p50 ms', 1, true),
  column('p99Ms', 'committed p99 ms', 1, true),
  column('acceptP99Ms', '202 p99 ms', 1),
];

export function columnsOf(scenario: string): readonly Column[] {
  return COLUMNS[scenario] ?? (scenario.startsWith('flatness') ? FLATNESS : LATENCY);
}
