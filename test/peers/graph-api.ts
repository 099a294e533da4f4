/** A fake of the Graph API's comments: it checks token, proof and form, and answers errors as Facebook words them. */
import { createHmac } from 'node:crypto';
import { json, type PeerOutcome, type PeerRequest, startLocalServer } from './local-server.ts';

export type GraphComment = { readonly id: string; readonly under: string; readonly message: string };

/** What the next calls meet; a number is the Graph error code, `subcode` goes with it. */
export type GraphFault = {
  readonly kind: 'hang' | 'drop' | 'html' | number;
  readonly subcode?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

export type GraphApi = {
  /** What META_API_ROOT is set to. */
  readonly root: string;
  readonly comments: readonly GraphComment[];
  /** Every address that was asked for, to see that no secret is in it. */
  readonly addresses: readonly string[];
  /** A comment of a person that can be answered. */
  readonly addComment: (id: string) => void;
  readonly fault: (fault: GraphFault) => void;
  readonly stop: () => Promise<void>;
};

type State = {
  readonly pageToken: string;
  readonly appSecret: string;
  readonly known: Set<string>;
  readonly comments: GraphComment[];
  readonly addresses: string[];
  readonly faults: GraphFault[];
};

export async function startGraphApi({
  pageToken,
  appSecret,
}: {
  readonly pageToken: string;
  readonly appSecret: string;
}): Promise<GraphApi> {
  const state: State = { pageToken, appSecret, known: new Set(), comments: [], addresses: [], faults: [] };
  const server = await startLocalServer(async (request) => answer(state, request));
  return {
    root: `${server.root}/v24.0`,
    comments: state.comments,
    addresses: state.addresses,
    addComment: (id) => {
      state.known.add(id);
    },
    fault: (fault) => {
      state.faults.push(fault);
    },
    stop: server.stop,
  };
}

function answer(state: State, request: PeerRequest): PeerOutcome {
  state.addresses.push(`${request.path}?${request.query}`);
  const fault = state.faults.shift();
  if (fault && fault.kind !== 'drop') return faultOutcome(fault);
  const outcome = createComment(state, request);
  return fault === undefined ? outcome : 'drop';
}

function faultOutcome({ kind, subcode, status = 400, headers }: GraphFault): PeerOutcome {
  if (kind === 'hang' || kind === 'drop') return kind;
  if (kind === 'html')
    return { status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } };
  return graphError({ code: kind, subcode, status, headers, message: 'as the test asked' });
}

function createComment(state: State, request: PeerRequest): PeerOutcome {
  const under = /^\/v\d+\.\d+\/([\w]+)\/comments$/.exec(request.path)?.[1];
  if (under === undefined || request.method !== 'POST')
    return graphError({ code: 2500, message: 'Unknown path components' });
  const form = new URLSearchParams(request.body);
  const token = form.get('access_token') ?? /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token !== state.pageToken) {
    return graphError({ code: 190, status: 401, message: 'Invalid OAuth access token - Cannot parse access token' });
  }
  const proof = createHmac('sha256', state.appSecret).update(state.pageToken).digest('hex');
  if (form.get('appsecret_proof') !== proof)
    return graphError({ code: 100, message: 'Invalid appsecret_proof provided in the API argument' });
  if (!state.known.has(under)) {
    return graphError({
      code: 100,
      subcode: 33,
      message: `Unsupported post request. Object with ID '${under}' does not exist`,
    });
  }
  const message = form.get('message') ?? '';
  if (message.trim() === '') return graphError({ code: 100, message: '(#100) The parameter message is required' });
  if (message.length > 8000) return graphError({ code: 100, message: '(#100) Message is too long' });
  const id = `${under.split('_')[0]}_${900_000 + state.comments.length}`;
  state.comments.push({ id, under, message });
  state.known.add(id);
  return json(200, { id });
}

type GraphError = {
  readonly code: number;
  readonly message: string;
  readonly subcode?: number | undefined;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

function graphError({ code, message, subcode, status = 400, headers }: GraphError): PeerOutcome {
  const error = {
    message,
    type: code === 190 ? 'OAuthException' : 'GraphMethodException',
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
    fbtrace_id: 'AExampleTrace',
  };
  return json(status, { error }, headers);
}
