/**
 * What the store could not be told while it was away: a lane given up, what became of a delivery. It is told when the store is
 * back, so that nobody waits for a lease or a claim to run out. Everything owed is guarded by its fence: words that come too
 * late change nothing.
 */
import { errorCode } from '../../core/errors.ts';

/** Between two tries. */
const EVERY_MS = 1_000;
/** By then every lease and claim has ended by itself. */
const KEPT_MS = 120_000;

export type Owed = {
  /**
   * What `tell` answers; when the store is away, `otherwise`, and it is told later, after everything that was owed before.
   * Throws whatever else goes wrong.
   */
  readonly tell: <T>(tell: () => Promise<T>, otherwise: T) => Promise<T>;
  /** Tells no more. */
  readonly stop: () => void;
};

type Debt = { readonly tell: () => Promise<unknown>; readonly at: number };

export type OwedParts = {
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** Everything was told: what it held up may go on. */
  readonly onTold: () => void;
};

export function createOwed({ elapsed, onTold }: OwedParts): Owed {
  const debts: Debt[] = [];
  let timer: NodeJS.Timeout | null = null;
  const later = (): void => {
    timer ??= setTimeout(() => void payAll(), EVERY_MS).unref();
  };
  const payAll = async (): Promise<void> => {
    for (let debt = debts[0]; debt !== undefined; debt = debts[0]) {
      const isAway = elapsed() - debt.at < KEPT_MS && (await debt.tell().then(() => false, isStoreAway));
      if (isAway) break;
      debts.shift();
    }
    timer = null;
    if (debts.length > 0) later();
    else onTold();
  };
  return {
    tell: async (tell, otherwise) => {
      try {
        // Nothing overtakes what is owed: that a part left must be known before its delivery is put back.
        if (debts.length === 0) return await tell();
      } catch (error) {
        if (!isStoreAway(error)) throw error;
      }
      debts.push({ tell, at: elapsed() });
      later();
      return otherwise;
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      debts.length = 0;
    },
  };
}

function isStoreAway(error: unknown): boolean {
  return errorCode(error) === 'store_down';
}
