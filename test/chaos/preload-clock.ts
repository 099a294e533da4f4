/**
 * Loaded before the application (`node --import`): the wall clock of one process is wrong, as on a machine without NTP.
 * CHAOS_CLOCK_MS shifts it; with CHAOS_CLOCK_JUMP_MS it jumps forth and back across the true time so often. Timers and
 * `performance` stay true.
 */
const TrueDate = globalThis.Date;
const shiftMs = Number(process.env['CHAOS_CLOCK_MS'] ?? 0);
const jumpMs = Number(process.env['CHAOS_CLOCK_JUMP_MS'] ?? 0);

function wrongNow(): number {
  const isBack = jumpMs > 0 && Math.floor(performance.now() / jumpMs) % 2 === 1;
  return TrueDate.now() + (isBack ? -shiftMs : shiftMs);
}

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, words: unknown[], made) =>
    Reflect.construct(target, words.length === 0 ? [wrongNow()] : words, made) as Date,
  apply: () => new TrueDate(wrongNow()).toString(),
  get: (target, name, receiver) => (name === 'now' ? wrongNow : (Reflect.get(target, name, receiver) as unknown)),
});
