/** Secrets this installation made for itself at its first start. */
import type { Database } from './database.ts';

export type Installation = {
  /** The stored value, or what `make` returns, stored now. `isNew` tells which. Two starters agree on one value. */
  secret(key: string, make: () => string): Promise<{ readonly value: string; readonly isNew: boolean }>;
};

export function createInstallation(database: Database): Installation {
  return {
    secret: async (key, make) => {
      const made = make();
      const inserted = await database.count(
        'insert into installation (key, value) values ($1, $2) on conflict (key) do nothing',
        [key, made],
      );
      if (inserted === 1) return { value: made, isNew: true };
      const row = await database.row<{ value: string }>('select value from installation where key = $1', [key]);
      return { value: row?.value ?? made, isNew: false };
    },
  };
}
