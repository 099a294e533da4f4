/** Time zones by their IANA names: the only form that every part of the product reads alike. */

/**
 * True for a name such as `Europe/Berlin` or `UTC`. An offset such as `+02:00` is none, although Intl takes it: PostgreSQL reads
 * it as POSIX does, the other way round.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
