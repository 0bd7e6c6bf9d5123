import { afterEach, beforeEach } from 'vitest';
import { type LogDetails, setLogger } from '../../src/core/logger.ts';

/** A line that the library logged. */
export interface LogLine extends LogDetails {
  level: 'debug' | 'info' | 'warn' | 'error';
  text: string;
}

/** Keeps what the library logs in each test of this file, instead of writing it to the console. */
export function captureLog(): LogLine[] {
  const lines: LogLine[] = [];
  const keep = (level: LogLine['level']) => (text: string, details: LogDetails) => {
    lines.push({ level, text, ...details });
  };
  beforeEach(() => {
    lines.length = 0;
    setLogger({ debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') });
  });
  afterEach(() => setLogger());
  return lines;
}
