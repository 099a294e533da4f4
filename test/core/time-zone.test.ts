/** Which names of time zones are taken. */
import { describe, expect, it } from 'vitest';
import { isTimeZone } from '../../core/time-zone.ts';

describe('a time zone', () => {
  it.each(['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'UTC', 'Asia/Kolkata'])('%s is one', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });
  // PostgreSQL would read the first two the other way round.
  it.each(['+02:00', '-03', 'Mars/Olympus', 'Europe/Berlin; drop', ''])('%s is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
