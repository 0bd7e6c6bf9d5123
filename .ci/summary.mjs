// Prints how many tests passed and failed; a step that failed for another reason counts as one failure.
import { readFileSync } from 'node:fs';

const [report, testsCode, checksCode] = process.argv.slice(2);
const reports = [report, `${report}.browser`, `${report}.network`, `${report}.soak`].map((file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // No report: these tests never ran, which their exit code says too.
    return { numPassedTests: 0, numFailedTests: 0 };
  }
});
const numPassedTests = reports.reduce((sum, tests) => sum + tests.numPassedTests, 0);
const numFailedTests = reports.reduce((sum, tests) => sum + tests.numFailedTests, 0);
const testsBroke = testsCode !== '0' && numFailedTests === 0 ? 1 : 0;
const failed = numFailedTests + testsBroke + (checksCode === '0' ? 0 : 1);
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 && numPassedTests > 0 ? 0 : 1;
