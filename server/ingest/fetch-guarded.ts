/**
 * Fetches pages that strangers name, so that none of them can reach what only this machine can: every name is looked up
 * here, every address it stands for is judged, the connection goes to that very address, and so again after each redirect.
 */
import { isIP } from 'node:net';
import { Agent, request } from 'undici';
import { errorCode, InvalidPayloadError, PermanentError, TransientError } from '../../core/errors.ts';
import { type AddressRules, checkAddress, checkUrl } from './check-address.ts';
import { readBody, tooLarge } from './read-body.ts';

export type Resolved = { readonly address: string; readonly family: 4 | 6 };

export type FetchLimits = { readonly bytes: number; readonly milliseconds: number; readonly redirects: number };

export type FetchGuard = AddressRules & {
  /** All addresses of a name. */
  readonly lookup: (host: string) => Promise<readonly Resolved[]>;
  readonly limits: FetchLimits;
};

export type Fetched = {
  /** After redirects. */
  readonly url: string;
  /** Media type, small letters, without parameters. */
  readonly type: string;
  readonly charset: string | null;
  readonly bytes: Uint8Array;
};

export type GuardedFetch = (
  url: string,
  wanted: {
    /** Media types that are read; left out: any. */
    readonly types?: ReadonlySet<string>;
    /** Refuses a redirect to a URL for which this is false. */
    readonly isAllowed?: (url: URL) => boolean;
    /** Asked about the first URL and each one it redirects to, before anything is sent there; throws to refuse. */
    readonly permit?: (url: URL) => Promise<void>;
  },
) => Promise<Fetched>;

export const FETCH_LIMITS: FetchLimits = { bytes: 10_000_000, milliseconds: 20_000, redirects: 5 };

/** What a robots.txt calls us. */
export const PRODUCT = 'Throughline-ingest';

const HEADERS = {
  'user-agent': `${PRODUCT}/1.0`,
  accept: 'text/html, application/xhtml+xml, text/markdown, text/plain, application/pdf, application/xml, text/xml',
  'accept-encoding': 'gzip, deflate, br',
};

/**
 * Throws PermanentError('not_permitted') for an address that may not be fetched, InvalidPayloadError for an answer that
 * cannot be used (`not_found` when the page is gone), TransientError('source_unavailable') when there is none in time.
 */
export function createGuardedFetch(guard: FetchGuard): GuardedFetch {
  return async (text, wanted) => {
    // One clock for the whole way: a chain of slow redirects is no longer than one slow page.
    const signal = AbortSignal.timeout(guard.limits.milliseconds);
    let url = checkUrl(text, guard);
    for (let hop = 0; hop <= guard.limits.redirects; hop += 1) {
      await wanted.permit?.(url);
      const answer = await visit(url, { guard, wanted, signal });
      if (!(answer instanceof URL)) return answer;
      if (wanted.isAllowed && !wanted.isAllowed(answer)) throw elsewhere(answer);
      url = answer;
    }
    throw new InvalidPayloadError(
      'malformed',
      `redirects more than ${guard.limits.redirects} times; give its last address`,
    );
  };
}

type Visit = {
  readonly guard: FetchGuard;
  readonly wanted: Parameters<GuardedFetch>[1];
  readonly signal: AbortSignal;
};

/** One request to one judged address; a URL when it answers with a redirect. */
async function visit(url: URL, { guard, wanted, signal }: Visit): Promise<Fetched | URL> {
  const agent = agentFor(await resolve(url, { guard, signal }));
  try {
    const { statusCode, headers, body } = await request(url, { dispatcher: agent, headers: HEADERS, signal });
    // Left unread, it would be cut off with an error that nobody waits for.
    body.on('error', () => undefined);
    const header = (name: string): string => String(headers[name] ?? '');
    if (statusCode >= 300 && statusCode < 400 && header('location') !== '') {
      return checkUrl(URL.parse(header('location'), url)?.href ?? header('location'), guard);
    }
    refuseStatus(statusCode, url);
    const { type, charset } = typeOf(header('content-type'));
    if (wanted.types && !wanted.types.has(type)) throw wrongType(type, wanted.types);
    if (Number(header('content-length')) > guard.limits.bytes) throw tooLarge(guard.limits.bytes);
    const options = { encoding: header('content-encoding'), limit: guard.limits.bytes, signal };
    return { url: url.href, type, charset, bytes: await readBody(body, options) };
  } catch (error) {
    throw whatHappened(error, { url, signal, limits: guard.limits });
  } finally {
    await agent.destroy();
  }
}

/** The one address to connect to, once all of them are judged. */
async function resolve(url: URL, { guard, signal }: Omit<Visit, 'wanted'>): Promise<Resolved> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  const found =
    family === 0 ? await lookUp(host, { guard, signal }) : [{ address: host, family: family === 4 ? 4 : 6 } as const];
  for (const { address } of found) checkAddress(address, { host: url.hostname, privateHosts: guard.privateHosts });
  const first = found[0];
  if (first) return first;
  throw new TransientError('source_unavailable', `${host} has no address; check its spelling.`);
}

async function lookUp(host: string, { guard, signal }: Omit<Visit, 'wanted'>): Promise<readonly Resolved[]> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(outOfTime(host, guard.limits)), { once: true });
  });
  return Promise.race([guard.lookup(host), late]).catch((error: unknown) => {
    if (errorCode(error) !== 'unexpected') throw error;
    const says = `${host} was not found; check its spelling and the network.`;
    throw new TransientError('source_unavailable', says, { cause: error });
  });
}

/** Connects to the judged address whatever the name stands for a moment later; TLS still asks for the name. */
function agentFor({ address, family }: Resolved): Agent {
  return new Agent({
    connect: {
      lookup: (_host, options, done) => {
        if (options.all) done(null, [{ address, family }]);
        else done(null, address, family);
      },
    },
    allowH2: false,
    pipelining: 0,
  });
}

function refuseStatus(status: number, url: URL): void {
  if (status >= 200 && status < 300) return;
  if (status === 404 || status === 410) {
    throw new InvalidPayloadError('not_found', `answered ${status}; the page is gone, take its address out`);
  }
  if (status === 429 || status >= 500) {
    throw new TransientError('source_unavailable', `${url.host} answered ${status}; run the same command again later.`);
  }
  throw new InvalidPayloadError('malformed', `answered ${status}; only pages that are open to everybody are read`);
}

function typeOf(header: string): { readonly type: string; readonly charset: string | null } {
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((part) => part.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  return { type, charset: charset || null };
}

function wrongType(type: string, types: ReadonlySet<string>): InvalidPayloadError {
  const says = `is "${type.slice(0, 60) || 'of no type'}"; what is read here is ${[...types].join(', ')}`;
  return new InvalidPayloadError('wrong_type', says);
}

function elsewhere(url: URL): PermanentError {
  return new PermanentError('not_permitted', `redirects to ${url.host}, another site; ingest that site by itself`);
}

function outOfTime(host: string, { milliseconds }: FetchLimits): TransientError {
  const says = `${host} did not answer in full within ${milliseconds / 1_000} s; run the same command again later.`;
  return new TransientError('source_unavailable', says);
}

type Way = { readonly url: URL; readonly signal: AbortSignal; readonly limits: FetchLimits };

function whatHappened(error: unknown, { url, signal, limits }: Way): unknown {
  if (errorCode(error) !== 'unexpected') return error;
  if (signal.aborted) return outOfTime(url.host, limits);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (/^(?:Z_|ERR__)/.test(code)) {
    return new InvalidPayloadError('malformed', `cannot be unpacked (${code}); check the server`, { cause: error });
  }
  const says = `${url.host} cannot be reached (${code}); check the address and the network.`;
  return new TransientError('source_unavailable', says, { cause: error });
}
