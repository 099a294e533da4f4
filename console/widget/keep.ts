/** What the widget keeps in the browser between pages; where the browser keeps nothing, it lasts as long as the page. */

export type Keep = {
  readonly get: (key: string) => string | null;
  readonly set: (key: string, value: string) => void;
  readonly remove: (key: string) => void;
  /** The keys that begin with `prefix`. */
  readonly keys: (prefix: string) => readonly string[];
};

/** Keys are named after the place the chat comes from, so that two chats on one site do not mix. */
export function createKeep(storage: Storage | null, base: string): Keep {
  const forgetful = new Map<string, string>();
  const place = `throughline ${base} `;
  return {
    get: (key) => attempt(() => storage?.getItem(place + key)) ?? forgetful.get(key) ?? null,
    set: (key, value) => {
      forgetful.set(key, value);
      attempt(() => storage?.setItem(place + key, value));
    },
    remove: (key) => {
      forgetful.delete(key);
      attempt(() => storage?.removeItem(place + key));
    },
    keys: (prefix) => {
      const stored = attempt(() => Object.keys(storage ?? {})) ?? [];
      const ours = stored.filter((key) => key.startsWith(place)).map((key) => key.slice(place.length));
      return [...new Set([...ours, ...forgetful.keys()])].filter((key) => key.startsWith(prefix));
    },
  };
}

/** The browser's storage, or null where it is switched off: then even to look at it throws. */
export function browserStorage(page: Window): Storage | null {
  return attempt(() => page.localStorage) ?? null;
}

/** Storage throws when it is full or forbidden; the widget then goes on without. */
function attempt<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
