// Prints how many tests passed and failed; a step that failed for another reason counts as one failure.
import { readFileSync } from 'node:fs';

const [report, testsCode, checksCode] = process.argv.slice(2);
let numPassedTests = 0;
let numFailedTests = 0;
try {
  ({ numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')));
} catch {
  // No report: the tests never ran, which their exit code says too.
}
const testsBroke = testsCode !== '0' && numFailedTests === 0 ? 1 : 0;
const failed = numFailedTests + testsBroke + (checksCode === '0' ? 0 : 1);
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 && numPassedTests > 0 ? 0 : 1;
