import { jest } from '@jest/globals';

// Among thousands of tests on a busy machine one may wait in vain for it; the reporter tells each that needed this.
if (process.env['CI'] === 'true') jest.retryTimes(1, { logErrorsBeforeRetry: true });
