/** Patterns are written so that they do not find themselves. */
const RULES = [
  {
    rule: 'leftover',
    files: /\.(ts|mjs|js|ya?ml|sh)$/,
    pattern: /\b(TO[D]O|FIX[M]E)\b/,
    fix: 'do it now, or open an issue and take the note out',
  },
  {
    rule: 'skipped test',
    files: /\.ts$/,
    pattern: /\b(it|test|describe)(\.\w+)*\.(skip|only|to[d]o|failing)\b|\b(xit|xtest|xdescribe|fit|fdescribe)\(/,
    fix: 'every test runs; one that cannot run here prints why and returns',
  },
  {
    rule: 'machine',
    files: /./,
    pattern: /(^|[\s"'`(=:])\/w[o]rk\/|registry\.npm[j]s|npm[m]irror|^\s*(@[\w-]+:)?regi[s]try\s*=|"resol[v]ed": "http/,
    fix: 'no path or registry of one machine belongs in the tree; take it out',
  },
];

/** Notes to oneself, tests that do not run, and traces of the machine that a file was written on. */
export function findLeftovers({ files }) {
  return files.flatMap(({ path, text }) => {
    const rules = RULES.filter(({ files: wanted }) => wanted.test(path));
    return text
      .split('\n')
      .flatMap((line, index) =>
        rules
          .filter(({ pattern }) => pattern.test(line))
          .map(({ rule, fix }) => ({ where: `${path}:${index + 1}`, rule, fix })),
      );
  });
}
