/** The environment, read and checked once. Nothing else reads process.env. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { PermanentError } from '../core/errors.ts';
import type { ModelPrices } from './metrics.ts';
import type { ModelSettings } from './model.ts';
import { ModelPricesText } from './model-prices.ts';
import { ALL_ROLES, type Roles, RolesText } from './roles.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type Config = {
  readonly port: number;
  /** Null: the embedded database in `dataFolder`. */
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  /** What this process does; the parts of one installation may be processes of their own. */
  readonly roles: Roles;
  readonly dataFolder: string;
  readonly workspaceFolder: string;
  readonly publicUrl: string | null;
  readonly model: ModelSettings;
  readonly telegram: {
    readonly token: string;
    readonly webhookSecret?: string;
    readonly apiRoot?: string;
    readonly perSecond?: number;
  } | null;
  readonly facebook: {
    readonly appSecret: string;
    readonly verifyToken: string;
    readonly pageToken: string;
    readonly apiRoot?: string;
  } | null;
  readonly buddyboss: { readonly url: string; readonly secret: string } | null;
  readonly adminToken: string | null;
  /** Opens `/metrics` and nothing else. */
  readonly metricsToken: string | null;
  readonly modelPrices: ModelPrices;
  /** Where spans of turns are sent, without `/v1/traces`. */
  readonly otlpEndpoint: string | null;
  readonly logLevel: string;
};

const DatabaseUrl = z.url({ protocol: /^postgres(ql)?$/ });
const RedisUrl = z.url({ protocol: /^rediss?$/ });
const HttpUrl = z.url({ protocol: /^https?$/ });

/** One variable: its schema and what to do when the value is wrong. */
const VARIABLES = {
  PORT: {
    schema: z.coerce.number().int().min(0).max(65_535),
    remedy: 'Set a port from 1 to 65535, or leave it out for 3000.',
  },
  DATABASE_URL: { schema: DatabaseUrl, remedy: 'Write postgres://user:password@host:5432/name, or leave it out.' },
  REDIS_URL: { schema: RedisUrl, remedy: 'Write redis://host:6379, or leave it out.' },
  ROLE: {
    schema: RolesText,
    remedy: 'Use ingress, worker, delivery, console or all; several with commas between, e.g. worker,delivery.',
  },
  DATA_DIR: { schema: z.string().min(1), remedy: 'Name a folder, or leave it out for ./data.' },
  WORKSPACE: { schema: z.string().min(1), remedy: 'Name a folder, or leave it out for ./workspace.' },
  PUBLIC_URL: {
    schema: HttpUrl,
    remedy: 'Write the address people reach this server by, e.g. https://chat.example.org.',
  },
  OPENAI_API_KEY: { schema: z.string().min(1), remedy: 'Set the key, or leave it out to answer without a model.' },
  OPENAI_BASE_URL: { schema: HttpUrl, remedy: 'Write the address up to /v1, e.g. http://localhost:11434/v1.' },
  MODEL: { schema: z.string().min(1), remedy: 'Name a model of the endpoint.' },
  FALLBACK_MODEL: { schema: z.string().min(1), remedy: 'Name a model of the endpoint.' },
  ROUTER_MODEL: { schema: z.string().min(1), remedy: 'Name a model of the endpoint.' },
  EMBEDDING_MODEL: { schema: z.string().min(1), remedy: 'Name an embedding model of the endpoint.' },
  TELEGRAM_BOT_TOKEN: {
    schema: z.string().regex(/^\d+:[A-Za-z0-9_-]+$/),
    remedy: 'Copy the whole token BotFather gave you, e.g. 123456:ABC-DEF.',
  },
  TELEGRAM_WEBHOOK_SECRET: {
    schema: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/),
    remedy: 'Use 1 to 256 of A-Z, a-z, 0-9, _ and -, or leave it out: one is made.',
  },
  TELEGRAM_API_ROOT: { schema: HttpUrl, remedy: 'Write the address of a Bot API server, or leave it out.' },
  TELEGRAM_PER_SECOND: {
    schema: z.coerce.number().int().min(1).max(1000),
    remedy: 'Write how many messages a second Telegram allows your account, 1 to 1000, or leave it out for 30.',
  },
  META_APP_SECRET: { schema: z.string().min(8), remedy: 'Copy the app secret from the app dashboard.' },
  META_VERIFY_TOKEN: { schema: z.string().min(1), remedy: 'Choose a word and type the same one in the app dashboard.' },
  META_PAGE_TOKEN: { schema: z.string().min(1), remedy: 'Copy the page access token.' },
  META_API_ROOT: { schema: HttpUrl, remedy: 'Write the address of the Graph API with its version, or leave it out.' },
  BUDDYBOSS_URL: { schema: HttpUrl, remedy: 'Write the address of the site, e.g. https://learn.example.org.' },
  BUDDYBOSS_SECRET: {
    schema: z.string().regex(/^whsec_.{16,}/),
    remedy: 'Copy the secret the plugin shows; it begins with whsec_.',
  },
  CONSOLE_ADMIN_TOKEN: {
    schema: z.string().min(16),
    remedy: 'Use at least 16 characters, or leave it out: one is made and printed once.',
  },
  METRICS_TOKEN: {
    schema: z.string().min(16),
    remedy: 'Use at least 16 characters, or leave it out: the admin token opens /metrics, too.',
  },
  MODEL_PRICES: {
    schema: ModelPricesText,
    remedy: 'Write name=input/output per million tokens, with commas between, e.g. small=0.15/0.60,large=2.50/10.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: HttpUrl,
    remedy: 'Write the address of the collector, e.g. http://localhost:4318, or leave it out.',
  },
  LOG_LEVEL: {
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    remedy: 'Use debug, info, warn, error or silent.',
  },
} satisfies Record<string, { readonly schema: z.ZodType; readonly remedy: string }>;

type Name = keyof typeof VARIABLES;
type Values = { readonly [K in Name]?: z.output<(typeof VARIABLES)[K]['schema']> };

/** Names whose value must never be repeated in a message. */
const SECRET = /KEY|SECRET|TOKEN|DATABASE_URL|REDIS_URL/;
/** The gateway takes any address for yes; the others take "true", and a later release may take more. */
const TRACING = [
  'LANGSMITH_TRACING',
  'LANGSMITH_TRACING_V2',
  'LANGCHAIN_TRACING',
  'LANGCHAIN_TRACING_V2',
  'LANGSMITH_GATEWAY',
];

/** The configuration of this process. Throws like `readConfig`. */
export function readEnvironment(): Config {
  return readConfig(process.env);
}

/** Throws PermanentError('config_invalid') with one line per wrong variable: name, value, remedy. */
export function readConfig(environment: Environment): Config {
  const { values, problems } = readVariables(environment);
  problems.push(...togetherProblems(values), ...tracingProblems(environment));
  if (problems.length > 0) throw new PermanentError('config_invalid', problems.join('\n'));
  return {
    port: values.PORT ?? 3000,
    databaseUrl: values.DATABASE_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    roles: values.ROLE ?? ALL_ROLES,
    dataFolder: resolve(values.DATA_DIR ?? 'data'),
    workspaceFolder: resolve(values.WORKSPACE ?? 'workspace'),
    publicUrl: values.PUBLIC_URL?.replace(/\/$/, '') ?? null,
    model: modelOf(values),
    ...channelsOf(values),
    adminToken: values.CONSOLE_ADMIN_TOKEN ?? null,
    metricsToken: values.METRICS_TOKEN ?? null,
    modelPrices: values.MODEL_PRICES ?? {},
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, '') ?? null,
    logLevel: values.LOG_LEVEL ?? 'warn',
  };
}

function readVariables(environment: Environment): { readonly values: Values; readonly problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { schema, remedy }] of Object.entries(VARIABLES)) {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') continue;
    const parsed = schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name} is ${SECRET.test(name) ? 'not in the right form' : `"${text}"`}. ${remedy}`);
  }
  return { values: values as Values, problems };
}

/** Variables that make sense only together. */
function togetherProblems(values: Values): readonly string[] {
  const groups: readonly (readonly Name[])[] = [
    ['META_APP_SECRET', 'META_VERIFY_TOKEN', 'META_PAGE_TOKEN'],
    ['BUDDYBOSS_URL', 'BUDDYBOSS_SECRET'],
  ];
  const needsEndpoint =
    values.EMBEDDING_MODEL !== undefined && values.OPENAI_API_KEY === undefined && values.OPENAI_BASE_URL === undefined;
  const endpoint = needsEndpoint
    ? [
        'EMBEDDING_MODEL is set, but no endpoint is. Set OPENAI_API_KEY or OPENAI_BASE_URL, or leave EMBEDDING_MODEL out.',
      ]
    : [];
  const isPart = values.ROLE !== undefined && values.ROLE.size < ALL_ROLES.size;
  const store =
    isPart && values.DATABASE_URL === undefined
      ? [
          'ROLE is set, but DATABASE_URL is not: the embedded database serves one process. Set DATABASE_URL, or leave ROLE out.',
        ]
      : [];
  const groupProblems = groups.flatMap((group) => {
    const set = group.filter((name) => values[name] !== undefined);
    const missing = group.filter((name) => values[name] === undefined);
    if (set.length === 0 || missing.length === 0) return [];
    return [
      `${missing.join(' and ')} is not set, but ${set.join(' and ')} is. Set all of ${group.join(', ')}, or none.`,
    ];
  });
  return [...groupProblems, ...endpoint, ...store];
}

/** LangSmith comes with LangChain and would send every conversation to a third party once one of these is true. */
function tracingProblems(environment: Environment): readonly string[] {
  if (environment['ALLOW_LANGSMITH'] === 'true') return [];
  const isOn = (name: string): boolean => !/^(false|0|no)?$/i.test(environment[name]?.trim() ?? '');
  return TRACING.filter(isOn).map(
    (name) => `${name} is set: LangChain would send conversations to LangSmith. Unset it, or set ALLOW_LANGSMITH=true.`,
  );
}

function modelOf(values: Values): ModelSettings {
  return {
    ...(values.OPENAI_API_KEY === undefined ? {} : { apiKey: values.OPENAI_API_KEY }),
    ...(values.OPENAI_BASE_URL === undefined ? {} : { baseUrl: values.OPENAI_BASE_URL }),
    ...(values.MODEL === undefined ? {} : { model: values.MODEL }),
    ...(values.FALLBACK_MODEL === undefined ? {} : { fallbackModel: values.FALLBACK_MODEL }),
    ...(values.ROUTER_MODEL === undefined ? {} : { routerModel: values.ROUTER_MODEL }),
    ...(values.EMBEDDING_MODEL === undefined ? {} : { embeddingModel: values.EMBEDDING_MODEL }),
  };
}

function channelsOf(values: Values): Pick<Config, 'telegram' | 'facebook' | 'buddyboss'> {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: webhookSecret, TELEGRAM_API_ROOT: telegramRoot } = values;
  const { TELEGRAM_PER_SECOND: perSecond } = values;
  const { META_APP_SECRET: appSecret, META_VERIFY_TOKEN: verifyToken, META_PAGE_TOKEN: pageToken } = values;
  const { BUDDYBOSS_URL: url, BUDDYBOSS_SECRET: secret, META_API_ROOT: metaRoot } = values;
  return {
    telegram: token
      ? {
          token,
          ...(webhookSecret ? { webhookSecret } : {}),
          ...(telegramRoot ? { apiRoot: telegramRoot } : {}),
          ...(perSecond ? { perSecond } : {}),
        }
      : null,
    facebook:
      appSecret && verifyToken && pageToken
        ? { appSecret, verifyToken, pageToken, ...(metaRoot ? { apiRoot: metaRoot } : {}) }
        : null,
    buddyboss: url && secret ? { url, secret } : null,
  };
}
