/** The application: the platform with its doors open (HTTP, polling), and the way to close them again. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mintVisitorToken } from '../channels/web/webhook.ts';
import { PermanentError } from '../core/errors.ts';
import type { Retention } from '../core/retention.ts';
import type { Installation, StoreLocation } from '../memory/postgres/index.ts';
import { createConsoleAuth, hashToken } from './auth.ts';
import type { Config } from './config.ts';
import { openConnections } from './connections.ts';
import { type Doors, openDoors } from './doors.ts';
import { createHttp } from './http.ts';
import type { Outside } from './outside.ts';
import { openPlatform, type Platform } from './platform.ts';
import { readRetention, startRetention } from './retention.ts';
import { readWorkspace } from './workspace.ts';

export type App = {
  /** Where this process listens, e.g. `http://localhost:3000`. */
  readonly address: string;
  /** Set at the first start only: shown once, then only its hash is known. */
  readonly newAdminToken: string | null;
  readonly platform: Platform;
  /** A visitor token that speaks as a member of the site, for the terminal of whoever runs this process. */
  readonly memberToken: (member: string) => string;
  /** Stops accepting, lets running turns finish, closes. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

const NO_DOORS: Doors = { close: () => Promise.resolve() };
const SEND_TIMEOUT_MS = 10_000;
/** Requests still open after this long at a stop are cut; streams never end by themselves. */
const DRAIN_MS = 2_000;

export async function startApp(config: Config, outside: Outside): Promise<App> {
  const { workspaceFolder } = config;
  const [workspace, retention] = [await readWorkspace(workspaceFolder), await readRetention(workspaceFolder)];
  const { log } = outside;
  const server = createServer(answerNotYet);
  // Before the database is opened: a taken port should say so at once.
  await listen(server, config.port);
  try {
    const visitorSecret = { value: '' };
    const platform = await openPlatform({
      ...outside,
      location: locationOf(config),
      redisUrl: config.redisUrl,
      workspace,
      model: config.model,
      modelPrices: config.modelPrices,
      otlpEndpoint: config.otlpEndpoint,
      publicUrl: config.publicUrl,
      roles: config.roles,
      connections: async (installation) => {
        const secrets = await channelSecrets(config, installation);
        visitorSecret.value = secrets.visitor;
        const warn = (message: string): void => log.warn(message, {});
        const ports = { fetch: outside.fetch, clock: outside.clock, sendTimeoutMs: SEND_TIMEOUT_MS, warn };
        return openConnections(config, { secrets, ports });
      },
    });
    const admin = await adminToken(config, platform.installation);
    const auth = createConsoleAuth(admin.hash);
    server.off('request', answerNotYet);
    server.on('request', createHttp({ platform, auth, config, outside, visitorSecret: visitorSecret.value }));
    const doors = config.roles.has('ingress') ? openDoors(platform, { publicUrl: config.publicUrl, log }) : NO_DOORS;
    const keeping = keepWithin(retention, { platform, config, log });
    return {
      address: `http://localhost:${(server.address() as AddressInfo).port}`,
      newAdminToken: admin.made,
      platform,
      memberToken: (member) => memberToken(member, { outside, secret: visitorSecret.value }),
      stop: once(async () => {
        // Turns are let run out from now on; readiness says so while the last requests are answered.
        const drained = platform.bridge.stop();
        await Promise.all([closeServer(server), doors.close(), drained, keeping?.stop()]);
        await platform.close();
      }),
    };
  } catch (error) {
    server.close();
    throw error;
  }
}

type Keeping = { readonly platform: Platform; readonly config: Config; readonly log: Outside['log'] };

function keepWithin(
  retention: Retention,
  { platform, config, log }: Keeping,
): { readonly stop: () => Promise<void> } | null {
  if (!config.roles.has('worker')) return null;
  const { memory, holder } = platform;
  return startRetention({ memory, retention }, { leases: memory.leases, holder, log });
}

/** Until the platform is open: platforms redeliver, widgets try again. */
function answerNotYet(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'retry-after': '2' }).end();
}

const MEMBER_TOKEN_LIFE_MS = 3_600_000;

/** Whoever may call this may speak as any member: the process's own terminal, and the console's API. */
function memberToken(
  member: string,
  { outside, secret }: { readonly outside: Pick<Outside, 'clock' | 'mint'>; readonly secret: string },
): string {
  const expires = outside.clock() + MEMBER_TOKEN_LIFE_MS;
  return mintVisitorToken({ visitor: outside.mint(), member, expires }, { secret });
}

function locationOf(config: Config): StoreLocation {
  return config.databaseUrl
    ? { kind: 'server', url: config.databaseUrl }
    : { kind: 'folder', folder: config.dataFolder };
}

async function channelSecrets(config: Config, installation: Installation) {
  const make = (): string => randomBytes(32).toString('base64url');
  const visitor = await installation.secret('visitor_secret', make);
  const telegram = await installation.secret('telegram_webhook_secret', make);
  return { visitor: visitor.value, telegramWebhook: config.telegram?.webhookSecret ?? telegram.value };
}

/** The token of the configuration, else one made at the first start, of which only the hash is kept. */
async function adminToken(config: Config, installation: Installation) {
  if (config.adminToken) return { hash: hashToken(config.adminToken), made: null };
  const token = randomBytes(24).toString('base64url');
  const { value, isNew } = await installation.secret('admin_token_hash', () => hashToken(token));
  return { hash: value, made: isNew ? token : null };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const remedy = 'Stop the program that uses it, or set PORT to another one.';
      const isTaken = error.code === 'EADDRINUSE';
      const why = isTaken ? 'is taken by another program' : `cannot be opened (${error.code ?? 'unknown'})`;
      reject(new PermanentError('port_in_use', `Port ${port} ${why}. ${remedy}`, { cause: error }));
    });
    server.listen(port, () => resolve());
  });
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(cut);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => {
    running ??= work();
    return running;
  };
}
