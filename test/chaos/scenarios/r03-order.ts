/** R3: late events are kept, each thread is answered in its order, and a stuck lane delays no other. */
import { quantile } from '../report.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = { short: { people: 24, messages: 120 }, long: { people: 100, messages: 1_500 } } as const;
/** People whose model call hangs. */
const STUCK = 3;
/** The reference says ± 10 %; two shared cores are noisier than that, so a second of noise is let pass. */
const SLOWER = 1.1;
const NOISE_MS = 1_000;

export const order: Scenario = {
  id: 'R3',
  title: 'a third of the messages up to 5 s late, and model calls that hang',
  target: '0 lost; p95 of the others within 10 % (and 1 s of noise)',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'a third of the messages up to 5 s late, and model calls that hang',
  run,
  mutants: [
    {
      name: 'high-water-mark dedupe',
      expects: /never acknowledged|is not in the inbox/,
      patches: [],
      // As if everything at or below the newest id of its chat had been seen.
      sql: [
        `create function chaos.forget_late() returns trigger language plpgsql as $$
         begin
           if exists (select 1 from public.inbox i where i.thread_id = new.thread_id
             and i.external_id::bigint >= new.external_id::bigint) then return null; end if;
           return new;
         end $$`,
        'create trigger chaos_forget before insert on inbox for each row execute function chaos.forget_late()',
      ],
    },
    {
      name: 'one lane at a time',
      expects: /stuck lanes the others' p95/,
      patches: [{ file: 'server/platform.ts', find: 'lanes: 200', replace: 'lanes: 1' }],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, model, size } = world;
  const plan = PLANS[size];
  model.chooseMode(({ messages }) => (JSON.stringify(messages.at(-1)).includes('STUCK') ? 'hang' : null));
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }));
  const problems: string[] = [];
  const calm = await wave(world, plan);
  if (!(await world.quiet({ withinMs: 90_000 }))) problems.push('work was left after the calm wave');
  for (const chat of world.chats(STUCK)) channel.write({ chat, text: world.question('/ask STUCK how long is it?') });
  await world.sleep(500);
  const beside = await wave(world, plan);
  if (!(await world.quiet({ withinMs: 120_000 }))) problems.push('work was left after the wave with stuck lanes');
  const judged = await world.judge();
  const p95 = (updates: readonly number[]): number =>
    quantile(
      updates.map((update) => judged.answerMs.get(update) ?? Number.POSITIVE_INFINITY),
      0.95,
    );
  const [before, after] = [p95(calm), p95(beside)];
  if (after > before * SLOWER + NOISE_MS) {
    problems.push(
      `beside ${STUCK} stuck lanes the others' p95 was ${after.toFixed(0)} ms instead of ${before.toFixed(0)} ms`,
    );
  }
  const more = { 'p95 alone': `${before.toFixed(0)} ms`, [`p95 beside ${STUCK} stuck`]: `${after.toFixed(0)} ms` };
  return verdictOf(judged, { trials: judged.messages, problems, more });
}

/** Gives the updates that were not held back. */
async function wave(
  world: World,
  plan: { readonly people: number; readonly messages: number },
): Promise<readonly number[]> {
  const choices = world.random.fork('traffic');
  const chats = world.chats(plan.people);
  const prompt: number[] = [];
  for (let sent = 0; sent < plan.messages; sent += 1) {
    const late = choices.chance(0.33) ? { holdMs: choices.whole(0, 5_000) } : {};
    const { update } = world.channel.write({ chat: choices.pick(chats), text: world.question(), ...late });
    if (late.holdMs === undefined) prompt.push(update);
    await world.sleep(choices.whole(20, 180));
  }
  return prompt;
}
