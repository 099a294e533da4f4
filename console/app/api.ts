/** The console's requests: an answer or a problem in words, never an exception. */

export type Problem = {
  /** 0: the server could not be reached. */
  readonly status: number;
  readonly message: string;
  readonly remedy: string;
};

export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem };

export type Api = {
  readonly get: <Value>(path: string) => Promise<Answer<Value>>;
  /** The answer's body, or null where there is none. */
  readonly send: (
    path: string,
    request?: { readonly method?: 'POST' | 'DELETE'; readonly body?: object },
  ) => Promise<Answer<unknown>>;
};

const REQUEST_MS = 20_000;

/** `onSignedOut` is called whenever the server no longer knows who we are. */
export function createApi(fetcher: typeof fetch, onSignedOut: () => void): Api {
  const ask = async (path: string, init: RequestInit): Promise<Answer<unknown>> => {
    try {
      const response = await fetcher(path, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
      if (response.status === 401 && path !== '/api/sign-in') onSignedOut();
      if (!response.ok) return { ok: false, problem: problemOf(response.status, await readMessage(response)) };
      return { ok: true, value: response.status === 204 ? null : ((await response.json()) as unknown) };
    } catch {
      return { ok: false, problem: problemOf(0, '') };
    }
  };
  return {
    // The server's types and these pages are built together; what it answers is what they say.
    get: <Value>(path: string) => ask(path, {}) as Promise<Answer<Value>>,
    send: (path, { method = 'POST', body } = {}) =>
      ask(path, {
        method,
        headers: { 'content-type': 'application/json', 'x-throughline': 'console' },
        ...(body && { body: JSON.stringify(body) }),
      }),
  };
}

/** The problem in two sentences: what happened, what to do. */
export function problemOf(status: number, message: string): Problem {
  if (status === 0) {
    return { status, message: 'The server did not answer.', remedy: 'Check that it is running; the page tries again.' };
  }
  return { status, message: message || `The server answered ${status}.`, remedy: remedyOf(status) };
}

function remedyOf(status: number): string {
  if (status === 401) return 'Paste the admin token again.';
  if (status === 403) return 'Load the page again and repeat what you did.';
  if (status === 404) return 'It may be gone, or the address is not complete. Choose it from the list again.';
  if (status === 413) return 'Make the text shorter.';
  if (status >= 500) return 'Look at the server log, then try again.';
  return 'Correct it and try again.';
}

async function readMessage(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { readonly error?: { readonly message?: string } };
    return body.error?.message ?? '';
  } catch {
    return '';
  }
}
