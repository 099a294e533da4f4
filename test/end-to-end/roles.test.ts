/** One installation as several processes: what one of them takes in, another answers, and a third shows word by word. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAiPeer, startOpenAi } from '../peers/openai.ts';
import { openStream, START_TIMEOUT_MS, startTestApp, type TestApp, until, visit, wordsOf } from '../server/support.ts';
import { createTestDatabase, type TestDatabase } from '../support/store.ts';

const ROLES = ['ingress', 'worker', 'delivery', 'console'] as const;
const ANSWER =
  'The Breathwork Course takes eight weeks in all, with about three hours in each of them [1]. Every week has one lesson that you can watch whenever you like, and one live practice with others [1].';

const databaseUrl = process.env['DATABASE_URL'] ?? '';
const redisUrl = process.env['REDIS_URL'] ?? '';

type Setting = { readonly name: string; readonly missing: string | null; readonly variables: Record<string, string> };

const settings: readonly Setting[] = [
  { name: 'on PostgreSQL', missing: databaseUrl === '' ? 'DATABASE_URL is not set' : null, variables: {} },
  {
    name: 'on PostgreSQL with Redis',
    missing: databaseUrl === '' || redisUrl === '' ? 'DATABASE_URL or REDIS_URL is not set' : null,
    variables: { REDIS_URL: redisUrl },
  },
];

for (const { name, missing, variables } of settings) {
  const title = `several processes ${name}${missing === null ? '' : ` (not run: ${missing})`}`;
  describe.skipIf(missing !== null)(title, { timeout: START_TIMEOUT_MS }, () => {
    let database: TestDatabase;
    let model: OpenAiPeer;
    let apps: Readonly<Record<(typeof ROLES)[number] | 'ingress2', TestApp>>;

    beforeAll(async () => {
      database = await createTestDatabase(databaseUrl);
      model = await startOpenAi({ tokenMs: 60 });
      const start = (role: string): Promise<TestApp> =>
        startTestApp({
          DATABASE_URL: database.url,
          OPENAI_BASE_URL: model.url,
          MODEL: 'fake',
          ROLE: role,
          ...variables,
        });
      // All at once on an empty database, as `docker compose up` would.
      const [ingress, ingress2, worker, delivery, console] = await Promise.all(
        ['ingress', 'ingress', 'worker', 'delivery', 'console'].map(start),
      );
      if (!(ingress && ingress2 && worker && delivery && console)) throw new Error('not all started');
      apps = { ingress, ingress2, worker, delivery, console };
    }, START_TIMEOUT_MS);

    afterAll(async () => {
      await Promise.all(Object.values(apps).map((app) => app.stop()));
      await model.abandon();
      await database.drop();
    });

    it('each answers only for its role', async () => {
      const status = async (app: TestApp, path: string): Promise<number> => (await app.get(path)).status;
      expect(await status(apps.ingress, '/widget.js')).toBe(200);
      expect(await status(apps.ingress, '/console/')).toBe(404);
      expect(await status(apps.console, '/console/')).toBe(200);
      expect(await status(apps.console, '/widget.js')).toBe(404);
      expect(await status(apps.worker, '/chat/history')).toBe(404);
      for (const app of Object.values(apps)) expect(await status(app, '/healthz')).toBe(200);
    });

    it('show the words of a worker on whichever ingress holds the stream, from the first word on', async () => {
      model.play(() => ({ text: ANSWER }));
      model.setMode('slow');
      const visitor = await visit(apps.ingress);
      const console = await openStream(apps.console.address, adminHeaders(), '/api/live');
      await visitor.send({ text: 'how long is the breathwork course?' });
      await until('the first word', () => visitor.stream.events.find(({ event }) => event === 'delta'));
      // The same visitor comes again in the middle of the answer, by another door.
      const late = await openStream(apps.ingress2.address, visitor.headers);
      const [here, there] = await Promise.all([visitor.stream.message(1), late.message(1)]);

      expect(wordsOf(here)).toContain('eight weeks');
      expect(there.id).toBe(here.id);
      for (const { events } of [visitor.stream, late]) {
        const words = events.flatMap(({ event, data }) =>
          event === 'delta' ? [data as { at: number; text: string }] : [],
        );
        expect(words[0]?.at).toBe(0);
        let written = '';
        for (const { at, text } of words) {
          expect(at).toBe(written.length);
          written += text;
        }
        expect(ANSWER.startsWith(written.trim())).toBe(true);
        expect(written.length).toBeGreaterThan(40);
      }
      await until('spans at the console', () => console.events.find(({ event }) => event === 'span'));
      for (const stream of [visitor.stream, late, console]) stream.close();
      model.setMode('ok');
    });

    it('let a newer message join a turn that runs in another process', async () => {
      let calls = 0;
      model.play(() => {
        calls += 1;
        return { text: calls === 1 ? 'This is the answer to the first question alone.' : ANSWER };
      });
      model.setMode('hang', 1);
      const before = model.requests.length;
      const visitor = await visit(apps.ingress);
      await visitor.send({ text: 'how long is the breathwork course?' });
      await until('a call of the model', () => (model.requests.length > before ? true : undefined));
      expect(model.aborted()).toBe(0);
      await visitor.send({ text: 'and when does the breathwork course start?' });
      // Only a word across processes ends the hanging call before its time limit of ten seconds.
      await until('the end of the hanging call', () => (model.aborted() > 0 ? true : undefined), 5_000);
      const turn = await visitor.turn();
      expect(turn.events).toHaveLength(2);
      visitor.leave();
    });
  });
}

function adminHeaders(): Readonly<Record<string, string>> {
  return { authorization: 'Bearer the-admin-token-of-the-tests', 'x-throughline': 'console' };
}
