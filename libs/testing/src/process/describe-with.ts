/**
 * Registers the suite where `find` finds what it needs. Elsewhere, where that is a sentence on why not, its one test tells
 * the sentence; but in CI it must run, so there that is an error.
 */
export async function describeWith(find: () => Promise<unknown>, name: string, suite: () => void): Promise<void> {
  const found = await find();
  if (typeof found !== 'string') {
    describe(name, suite);
    return;
  }
  if (process.env['CI'] === 'true') throw new Error(found);
  describe(name, () => {
    test('could not be tried here', () => {
      process.stdout.write(`${name}: not tried. ${found}\n`);
    });
  });
}
