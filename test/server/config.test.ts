/** The environment: every wrong variable is named with its remedy, no secret is repeated, halves of a pair are refused. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../core/errors.ts';
import { readConfig } from '../../server/config.ts';

function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    expect(error.code).toBe('config_invalid');
    return error.message.split('\n');
  }
}

describe('readConfig', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      databaseUrl: null,
      redisUrl: null,
      dataFolder: resolve('data'),
      workspaceFolder: resolve('workspace'),
      publicUrl: null,
      model: {},
      telegram: null,
      facebook: null,
      buddyboss: null,
      adminToken: null,
      metricsToken: null,
      modelPrices: {},
      otlpEndpoint: null,
      roles: new Set(['ingress', 'worker', 'delivery', 'console']),
      logLevel: 'warn',
    });
  });

  it('reads everything', () => {
    const config = readConfig({
      PORT: '0',
      DATABASE_URL: 'postgresql://me:pw@db:5432/school',
      REDIS_URL: 'rediss://queue:6379',
      DATA_DIR: '/var/school',
      WORKSPACE: '/srv/school',
      PUBLIC_URL: 'https://chat.school.example/',
      OPENAI_API_KEY: 'key',
      OPENAI_BASE_URL: 'http://localhost:11434/v1',
      MODEL: 'm',
      ROUTER_MODEL: 'r',
      TELEGRAM_BOT_TOKEN: '123:ABC',
      TELEGRAM_WEBHOOK_SECRET: 'hook_1',
      TELEGRAM_API_ROOT: 'http://localhost:8081',
      META_APP_SECRET: 'app-secret',
      META_VERIFY_TOKEN: 'verify',
      META_PAGE_TOKEN: 'page',
      META_API_ROOT: 'http://localhost:8082/v24.0',
      BUDDYBOSS_URL: 'https://learn.school.example',
      BUDDYBOSS_SECRET: 'whsec_d29ybGQtd29ybGQtd29y',
      CONSOLE_ADMIN_TOKEN: 'a-long-enough-token',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      port: 0,
      databaseUrl: 'postgresql://me:pw@db:5432/school',
      publicUrl: 'https://chat.school.example',
      model: { apiKey: 'key', baseUrl: 'http://localhost:11434/v1', model: 'm', routerModel: 'r' },
      telegram: { token: '123:ABC', webhookSecret: 'hook_1', apiRoot: 'http://localhost:8081' },
      facebook: {
        appSecret: 'app-secret',
        verifyToken: 'verify',
        pageToken: 'page',
        apiRoot: 'http://localhost:8082/v24.0',
      },
      buddyboss: { url: 'https://learn.school.example', secret: 'whsec_d29ybGQtd29ybGQtd29y' },
      adminToken: 'a-long-enough-token',
      logLevel: 'debug',
    });
  });

  it('takes an empty value, or white space, for one that is not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '  ', TELEGRAM_BOT_TOKEN: '\n' })).toEqual(readConfig({}));
    expect(readConfig({ PORT: ' 8080 ' }).port).toBe(8080);
  });
});

describe('a wrong variable', () => {
  const names = {
    PORT: ['http', '70000', '-1', '3.5'],
    DATABASE_URL: ['mysql://db/school', 'db', 'http://db'],
    REDIS_URL: ['http://queue', 'queue:6379'],
    PUBLIC_URL: ['chat.school.example', 'ftp://chat.school.example'],
    OPENAI_BASE_URL: ['localhost:11434', '/v1'],
    TELEGRAM_BOT_TOKEN: ['987-no-colon', '98765432', '98765432:with space'],
    TELEGRAM_WEBHOOK_SECRET: ['with space', 'x'.repeat(257), 'ümlaut'],
    TELEGRAM_API_ROOT: ['localhost'],
    META_APP_SECRET: ['short'],
    META_API_ROOT: ['graph'],
    BUDDYBOSS_URL: ['learn.school.example'],
    BUDDYBOSS_SECRET: ['no-prefix-at-all', 'whsec_short'],
    CONSOLE_ADMIN_TOKEN: ['fifteen-letters'],
    LOG_LEVEL: ['loud', 'DEBUG'],
  } as const;
  const secrets = /KEY|SECRET|TOKEN|DATABASE_URL|REDIS_URL/;
  const cases = Object.entries(names).flatMap(([name, values]) => values.map((value) => [name, value] as const));

  it.each(cases)('%s=%s is named, with a remedy', (name, value) => {
    const [problem = ''] = problemsOf({ [name]: value });
    expect(problem).toMatch(new RegExp(`^${name} is .+\\. (Set|Write|Name|Copy|Use|Choose) .+\\.$`));
    if (secrets.test(name)) expect(problem).not.toContain(value);
    else expect(problem).toContain(`"${value}"`);
  });

  it('is named beside all others, so that one start is enough to find them', () => {
    const problems = problemsOf({ PORT: 'http', LOG_LEVEL: 'loud', REDIS_URL: 'queue' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'REDIS_URL', 'LOG_LEVEL']);
  });
});

describe('variables that belong together', () => {
  it.each([
    [{ META_APP_SECRET: 'app-secret' }, 'META_VERIFY_TOKEN and META_PAGE_TOKEN is not set, but META_APP_SECRET is.'],
    [
      { META_APP_SECRET: 'app-secret', META_PAGE_TOKEN: 'p' },
      'META_VERIFY_TOKEN is not set, but META_APP_SECRET and META_PAGE_TOKEN is.',
    ],
    [{ BUDDYBOSS_URL: 'https://learn.school.example' }, 'BUDDYBOSS_SECRET is not set, but BUDDYBOSS_URL is.'],
    [{ BUDDYBOSS_SECRET: 'whsec_d29ybGQtd29ybGQtd29y' }, 'BUDDYBOSS_URL is not set, but BUDDYBOSS_SECRET is.'],
  ])('are not taken by halves: %o', (environment, problem) => {
    const problems = problemsOf(environment as Record<string, string>);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(problems[0]).toMatch(/Set all of .+, or none\.$/);
  });
});

describe('LangSmith', () => {
  const variables = [
    'LANGSMITH_TRACING',
    'LANGSMITH_TRACING_V2',
    'LANGCHAIN_TRACING',
    'LANGCHAIN_TRACING_V2',
    'LANGSMITH_GATEWAY',
  ];

  it.each(variables)('%s would send conversations away', (name) => {
    for (const value of ['true', 'TRUE', '1', 'yes', 'https://gateway.example']) {
      expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name} is set: .+ALLOW_LANGSMITH=true`)]);
    }
    for (const value of ['', ' ', 'false', 'False', '0', 'no']) expect(problemsOf({ [name]: value })).toEqual([]);
  });

  it('may be wanted', () => {
    expect(problemsOf({ LANGSMITH_TRACING: 'true', ALLOW_LANGSMITH: 'true' })).toEqual([]);
    expect(problemsOf({ LANGSMITH_TRACING: 'true', ALLOW_LANGSMITH: '1' })).toHaveLength(1);
  });
});
