import { examine } from './doctor.js';
import { isWell, reportText } from './report.js';

const findings = await examine();
console.log(process.argv.includes('--json') ? JSON.stringify(findings, undefined, 2) : reportText(findings));
process.exitCode = isWell(findings) ? 0 : 1;
