/** The page of the queues: behind the console's door, looking only, on every backend of the queue. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../support/store.ts';
import { ADMIN_TOKEN, START_TIMEOUT_MS, startTestApp, type TestApp } from './support.ts';

const databaseUrl = process.env['DATABASE_URL'] ?? '';
const redisUrl = process.env['REDIS_URL'] ?? '';

const backends = [
  { name: 'in the embedded database', missing: [], withServer: false, withRedis: false },
  { name: 'in PostgreSQL', missing: databaseUrl ? [] : ['DATABASE_URL'], withServer: true, withRedis: false },
  {
    name: 'in Redis',
    missing: [...(databaseUrl ? [] : ['DATABASE_URL']), ...(redisUrl ? [] : ['REDIS_URL'])],
    withServer: true,
    withRedis: true,
  },
];

const Queues = z.object({
  queues: z.array(
    z.looseObject({ name: z.string(), readOnlyMode: z.boolean(), counts: z.record(z.string(), z.number()) }),
  ),
});
const bearer = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-throughline': 'console' };

for (const { name, missing, withServer, withRedis } of backends) {
  const title = missing.length > 0 ? ` (not run: ${missing.join(', ')} not set)` : '';
  describe.skipIf(missing.length > 0)(`the queues ${name}${title}`, () => {
    let database: TestDatabase | null = null;
    let test: TestApp;
    beforeAll(async () => {
      if (withServer) database = await createTestDatabase(databaseUrl);
      test = await startTestApp({
        ...(database ? { DATABASE_URL: database.url } : {}),
        ...(withRedis ? { REDIS_URL: redisUrl } : {}),
      });
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await test.stop();
      await database?.drop();
    });

    it('are shown to nobody without the token, page, data and files alike', async () => {
      for (const path of [
        '/console/queues',
        '/console/queues/',
        '/console/queues/api/queues',
        '/console/queues/static/x',
      ]) {
        expect((await test.get(path)).status).toBe(401);
      }
    });

    it('are shown with what waits in them', async () => {
      const page = await test.get('/console/queues/', bearer);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
      const script = /src="(static\/js\/main[^"]+)"/.exec(await page.text())?.[1] ?? '';
      expect((await test.get(`/console/queues/${script}`, bearer)).status).toBe(200);
      const data = await test.get('/console/queues/api/queues?page=1&jobsPerPage=10', bearer);
      const { queues } = Queues.parse(await data.json());
      expect(queues.map((queue) => [queue.name, queue.readOnlyMode])).toEqual([
        ['lanes', true],
        ['threads', true],
      ]);
      for (const { counts } of queues) expect(counts).toMatchObject({ waiting: expect.any(Number) as unknown });
    });

    it('cannot be changed from there', async () => {
      for (const path of ['/console/queues/api/queues/lanes/pause', '/console/queues/api/queues/pause']) {
        const response = await fetch(`${test.address}${path}`, { method: 'PUT', headers: bearer });
        expect(response.status).toBe(405);
      }
    });
  });
}
