/** What is deployed fits what is built: variables, ports, roles, health paths, and files of the image. No Docker is needed. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../server/config.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const Service = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).loose(),
  restart: z.string(),
  mem_limit: z.string(),
  read_only: z.boolean().optional(),
  stop_grace_period: z.string().optional(),
  container_name: z.string().optional(),
});
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
});

const compose = Compose.parse(
  (({ services, volumes }) => ({ services, volumes }))(
    parse(read('docker-compose.yml'), { merge: true }) as z.input<typeof Compose>,
  ),
);
const roles = Object.entries(compose.services).filter(([, { environment }]) => environment?.['ROLE'] !== undefined);

const known = new Set([...read('server/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): \{/gm)].map((match) => match[1]));
/** Node's own. */
const NODES_OWN = new Set(['NODE_OPTIONS', 'NODE_ENV']);
const example = new Map(
  [...read('deploy/env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map((line) => [line[1], line[2]]),
);

/** As Compose fills in: `${NAME:-else}` and `${NAME:?why}`. Required secrets get one that fits. */
const filled = (text: string): string =>
  text.replace(/\$\{([A-Z_]+)(?::[-?]([^}]*))?\}/g, (whole, name: string, rest: string | undefined) =>
    whole.includes(':?') ? 'secret-of-24-characters0' : example.get(name) || rest || '',
  );

describe('docker-compose.yml', () => {
  it('has Postgres, Redis and one service for each role', () => {
    expect(roles.map(([name, { environment }]) => [name, environment?.['ROLE']])).toEqual(
      ['ingress', 'worker', 'delivery', 'console'].map((role) => [role, role]),
    );
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(['postgres', 'redis']));
  });

  it.each(roles)('gives %s a configuration the server takes, with names it knows', (_, { environment = {} }) => {
    const names = Object.keys(environment).filter((name) => !NODES_OWN.has(name));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    const values = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filled(value)]));
    const config = readConfig(values);
    expect([...config.roles]).toEqual([environment['ROLE']]);
    expect(config.databaseUrl).toContain('@postgres:5432/');
    expect(config.redisUrl).toContain('@redis:6379');
  });

  it.each(roles)('publishes and probes the port %s listens on, at a path there is', (_, service) => {
    const port = service.environment?.['PORT'];
    for (const published of service.ports ?? []) expect(published.split(':').at(-1)).toBe(port);
    const [, path] = new RegExp(`http://127.0.0.1:${port}(/[a-z]+)`).exec(service.healthcheck.test.join(' ')) ?? [];
    expect(read('server/page-routes.ts')).toContain(`router.get('${path}'`);
  });

  it.each(roles)('lets %s be many, drain, and write nowhere', (_, service) => {
    expect(service).toMatchObject({ read_only: true, restart: 'unless-stopped', stop_grace_period: '30s' });
    expect(service.container_name).toBeUndefined();
    expect((service.ports ?? []).length === 0).toBe(
      ['worker', 'delivery'].includes(service.environment?.['ROLE'] ?? ''),
    );
  });

  it('leaves the whole port outside to a setting: a role that is scaled takes a range, one for each process', () => {
    const published = roles.flatMap(([, { ports = [] }]) => ports);
    expect(published.length).toBeGreaterThan(0);
    for (const one of published) expect(one).toMatch(/^(127\.0\.0\.1:)?\$\{[A-Z_]+:-\d+\}:\d+$/);
  });

  it('keeps the heap below what the container may have', () => {
    const bytes = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('g') ? 1024 : 1);
    for (const [, { environment, mem_limit }] of roles) {
      const heap = Number(/--max-old-space-size=(\d+)/.exec(environment?.['NODE_OPTIONS'] ?? '')?.[1]);
      expect(heap).toBeLessThan(bytes(mem_limit) - 200);
    }
  });

  it('runs Redis as a queue needs it, and both stores on volumes', () => {
    const redis = JSON.stringify(compose.services['redis']);
    expect(redis).toMatch(/"--maxmemory-policy","noeviction".*"--appendonly","yes"/);
    expect(Object.keys(compose.volumes).toSorted()).toEqual(['postgres', 'redis']);
    expect(compose.services['postgres']?.image).toMatch(/^pgvector\//);
  });

  it('takes secrets from .env, all of which the example names', () => {
    const text = read('docker-compose.yml');
    const asked = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1]));
    expect([...asked].filter((name) => !example.has(name))).toEqual([]);
    expect([...example.keys()].filter((name) => !asked.has(name))).toEqual([]);
    for (const secret of ['POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'CONSOLE_ADMIN_TOKEN'])
      expect(example.get(secret)).toBe('');
  });
});

/** Every file of ours that is loaded from this one on. */
function reached(entry: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const text = readFileSync(entry, 'utf8');
  const asked = [...text.matchAll(/(?:from |import\(|import |new URL\()'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  for (const path of asked.map((one) => join(dirname(entry), one))) {
    if (existsSync(path) && /\.(ts|js)$/.test(path)) reached(path, seen);
    else if (existsSync(path)) seen.add(path);
  }
  return seen;
}

describe('Dockerfile', () => {
  const text = read('Dockerfile');
  const last = text.slice(text.lastIndexOf('\nFROM '));
  const copied = [...last.matchAll(/^COPY (?:--from=\S+ )?(\S+) (\S+)$/gm)].map(
    (match) => match[2]?.replace('./', '') ?? '',
  );

  it('holds every file the server and the command load', () => {
    const files = ['server/main.ts', 'cli/main.ts', 'server/intent-worker.ts', 'server/watchdog-thread.ts'];
    const needed = files.flatMap((file) => [...reached(join(ROOT, file))]).map((path) => relative(ROOT, path));
    expect(needed.length).toBeGreaterThan(100);
    const missing = needed.filter((path) => !copied.some((folder) => path === folder || path.startsWith(`${folder}/`)));
    expect(missing).toEqual([]);
    expect(copied).toContain('workspace');
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    expect(copied.filter((path) => ignored.includes(path) && !/node_modules|console/.test(path))).toEqual([]);
  });

  it('runs as somebody, with the Node the project names, a health check of a path there is, and no build tools', () => {
    expect(last).toMatch(/^USER node$/m);
    expect(text.match(/^FROM (\S+)/gm)).toEqual(Array.from({ length: 3 }, () => 'FROM node:24-bookworm-slim'));
    const [, path] = /HEALTHCHECK[\s\S]*?\}(\/[a-z]+)`/.exec(last) ?? [];
    expect(read('server/page-routes.ts')).toContain(`router.get('${path}'`);
    expect(text).toContain('npm ci --omit=dev');
    expect(last).toContain('/usr/local/bin/npm');
    expect(last).toMatch(/ENTRYPOINT \["\/usr\/bin\/tini"/);
  });
});

it.each(['docker-compose.yml', 'deploy/kubernetes.md'])(
  '%s runs the command line as the image can: no npx there',
  (path) => {
    const text = read(path);
    expect(text).not.toContain('npx');
    const verbs = [...text.matchAll(/node\s+cli\/main\.ts\s+([a-z]+)/g)].map((match) => match[1] ?? '');
    expect(verbs).not.toEqual([]);
    for (const verb of verbs) expect(existsSync(join(ROOT, `cli/${verb}.ts`))).toBe(true);
  },
);

describe('deploy/kubernetes.md', () => {
  const blocks = [...read('deploy/kubernetes.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const documents = blocks.flatMap((block) => parseAllDocuments(block).map((one) => one));
  const named = (kind: string): unknown =>
    documents.map((one) => one.toJS() as { kind: string }).find((one) => one.kind === kind);

  it('is YAML that parses', () => {
    expect(documents.length).toBeGreaterThan(6);
    for (const document of documents) expect(document.errors).toEqual([]);
  });

  it('names variables the server knows, and probes paths there are', () => {
    const text = blocks.join('\n');
    const settings = documents.map((one) => one.toJS() as { kind: string; data?: object; stringData?: object });
    const names = settings.flatMap(({ data = {}, stringData = {} }) => Object.keys({ ...data, ...stringData }));
    const own = [...text.matchAll(/- \{ name: ([A-Z_]+), value/g)].map((match) => match[1] ?? '');
    expect([...names, ...own].filter((name) => !known.has(name) && !NODES_OWN.has(name))).toEqual([]);
    const paths = [...text.matchAll(/httpGet: \{ path: (\S+),/g)].map((match) => match[1]);
    expect(paths).toEqual(['/readyz', '/healthz', '/healthz']);
    for (const path of paths) expect(read('server/page-routes.ts')).toContain(`router.get('${path}'`);
  });

  it('scrapes with the token that /metrics asks for, and by nothing that can send none', () => {
    expect(blocks.join('\n')).not.toContain('prometheus.io/scrape');
    const monitor = named('PodMonitor') as { spec: { selector: object; podMetricsEndpoints: readonly object[] } };
    const secret = named('Secret') as { metadata: { name: string }; stringData: object };
    const credentials = { name: secret.metadata.name, key: 'METRICS_TOKEN' };
    const authorization = { type: 'Bearer', credentials };
    expect(monitor.spec.podMetricsEndpoints).toEqual([
      expect.objectContaining({ port: 'http', path: '/metrics', authorization }),
    ]);
    expect(Object.keys(secret.stringData)).toContain(credentials.key);
    const pods = named('Deployment') as { spec: { template: { metadata: { labels: object } } } };
    expect(pods.spec.template.metadata.labels).toMatchObject({ app: 'throughline' });
    expect(monitor.spec.selector).toEqual({ matchLabels: { app: 'throughline' } });
  });

  it('mounts nothing over what the image brings', () => {
    const mounted = [...blocks.join('\n').matchAll(/mountPath: ([^,\s]+)/g)].map((match) => match[1]);
    expect(mounted).toEqual(['/tmp', '/data']);
  });

  it('gives a drain the time it takes', () => {
    const [, grace] = /terminationGracePeriodSeconds: (\d+)/.exec(blocks.join('\n')) ?? [];
    const [, most] = /MOST_MS = (\d+)_000/.exec(read('server/main.ts')) ?? [];
    expect(Number(grace)).toBeGreaterThan(Number(most) + 5);
  });
});
