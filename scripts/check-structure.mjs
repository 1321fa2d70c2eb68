/**
 * Holds the tree to the house rules: who may import whom, brokers in their folders, no cycles, small files and functions, no rooms for odds and ends,
 * no leftovers. One line for each breach: where, which rule, what to do. Takes another folder to look at as its argument.
 */
import { findBrokers } from './structure/brokers.mjs';
import { findCycles } from './structure/cycles.mjs';
import { findForbiddenImports } from './structure/direction.mjs';
import { findMisplaced } from './structure/folders.mjs';
import { findLeftovers } from './structure/leftovers.mjs';
import { findTooLong, medianLines } from './structure/sizes.mjs';
import { readTree } from './structure/tree.mjs';

const tree = readTree(process.argv[2] ?? '.');
const rules = [findForbiddenImports, findBrokers, findCycles, findMisplaced, findTooLong, findLeftovers];
const breaches = rules.flatMap((find) => find(tree));
for (const { where, rule, fix } of breaches) console.log(`${where}: ${rule}: ${fix}`);
const size = `${tree.sources.length} sources, ${medianLines(tree)} lines in the median`;
console.log(breaches.length === 0 ? `The structure holds (${size}).` : `${breaches.length} breaches (${size}).`);
process.exitCode = breaches.length === 0 ? 0 : 1;
