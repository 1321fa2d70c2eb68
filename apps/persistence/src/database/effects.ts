const REPORTS_ROWS = /^\s*(?:INSERT|UPDATE|DELETE)\b/i;
const SELECTS = /^\s*SELECT\b/i;
const CALLS = /([\w"]+)\s*\(/g;
/** Words that may stand before a parenthesis in a SELECT that writes nothing; any other may be a function that does. */
const HARMLESS = new Set(
  'and or not in exists any all on where from as using count min max sum coalesce lower upper'.split(' '),
);

/** Whether a statement may write without its command tag saying so; unsure counts as yes. */
export function mayWrite(text: string): boolean {
  if (REPORTS_ROWS.test(text)) return false;
  if (!SELECTS.test(text)) return true;
  return [...text.matchAll(CALLS)].some(([, word]) => !HARMLESS.has((word ?? '').toLowerCase()));
}

/** Whether a command tag says that rows were written: `UPDATE 0` was no effect. */
export function wroteRows(tag: string): boolean {
  return /^(?:INSERT \d+|UPDATE|DELETE|MERGE) [1-9]/.test(tag);
}
