/** Every way to break a workspace must be refused with the file, the line, the value and what to write instead. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PermanentError } from '../../core/errors.ts';
import { PhraseKey, phrase, suggestionsIn } from '../../core/workspace.ts';
import { readWorkspace } from '../../server/workspace.ts';

const SAMPLE = fileURLToPath(new URL('../../workspace', import.meta.url));

/** Intents of the test's own, so that editing the sample's exemplars breaks nothing here. */
const SUPERVISOR = `agent: supervisor
intents:
  - name: greeting
    about: Says hello.
    exemplars:
      - hello there
      - good morning
      - hi
  - name: human-please
    about: Wants a person.
    exemplars: [a person please, let me talk to someone, human]
`;
const SALES = `agent: sales
intents:
  - name: price
    about: Asks what something costs.
    exemplars:
      - how much is it
      - what does it cost
      - price please
  - { name: buy-now, about: Wants in., exemplars: [sign me up, enrol me, book a place] }
  - { name: pay-in-parts, about: Wants to pay in parts., exemplars: [pay monthly, in parts, instalments] }
`;
/** The other intents that the sample's journey waits for. */
const SUPPORT = `agent: support
intents:
  - { name: next-lesson, about: Goes on., exemplars: [next lesson, what is next, go on] }
  - { name: refund-request, about: Wants money back., exemplars: [refund me, money back, refund please] }
  - { name: cancel-membership, about: Wants to leave., exemplars: [cancel it, end my membership, i resign] }
  - { name: delete-my-data, about: Wants to be forgotten., exemplars: [forget me, erase me, remove my data] }
`;
/** Every intent of the three files, as a refusal lists them. */
const INTENTS =
  'price, buy-now, pay-in-parts, greeting, human-please, next-lesson, refund-request, cancel-membership, delete-my-data';

let room = '';
let folder = '';

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'throughline-workspace-'));
});
afterAll(() => rm(room, { recursive: true, force: true }));

async function freshCopy(): Promise<void> {
  folder = join(room, 'workspace');
  await rm(folder, { recursive: true, force: true });
  await cp(SAMPLE, folder, { recursive: true });
  await rm(join(folder, 'intents'), { recursive: true, force: true });
  await write('intents/supervisor.yaml', SUPERVISOR);
  await write('intents/sales.yaml', SALES);
  await write('intents/support.yaml', SUPPORT);
}

async function write(name: string, text: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** Replaces text that must be there once, so that a case cannot silently break nothing. Returns its line, from 1. */
async function replace(name: string, from: string, to: string): Promise<number> {
  const text = await readFile(join(folder, name), 'utf8');
  expect(text.split(from), `"${from}" in ${name}`).toHaveLength(2);
  await write(
    name,
    text.replace(from, () => to),
  );
  return text.slice(0, text.indexOf(from)).split('\n').length;
}

async function refusalOf(): Promise<readonly string[]> {
  const error: unknown = await readWorkspace(folder).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(PermanentError);
  if (!(error instanceof PermanentError)) return [];
  expect(error.code).toBe('workspace_invalid');
  return error.message.split('\n');
}

type Case = {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Text of the line at fault in the broken file, where that is not the line where `to` begins. */
  readonly at?: string;
  /** `<text>` stands for the number of the line in the broken file that holds the text. */
  readonly says: string;
};

const CASES: readonly Case[] = [
  {
    what: 'a price that is no number',
    file: 'offers.yaml',
    from: 'price: { amount: 9000,',
    to: 'price: { amount: abc,',
    says: 'offers[2].price.amount is "abc"; expected a whole number of cents: write e.g. 48000 for €480',
  },
  {
    what: 'a price in parts of a cent',
    file: 'offers.yaml',
    from: 'price: { amount: 9000,',
    to: 'price: { amount: 90.5,',
    says: 'offers[2].price.amount is 90.5; expected a whole number of cents: write e.g. 48000 for €480',
  },
  {
    what: 'a currency that cannot be shown',
    file: 'offers.yaml',
    from: 'price: { amount: 9000, currency: EUR }',
    to: 'price: { amount: 9000, currency: "€€€" }',
    says: 'offers[2].price.currency is "€€€"; expected a currency as three capital letters: write e.g. EUR',
  },
  {
    what: 'a missing key',
    file: 'offers.yaml',
    from: '    price: { amount: 9000, currency: EUR }\n',
    to: '',
    at: 'id: sleep-well-course',
    says: 'offers[2].price is missing; expected an amount and a currency: write e.g. { amount: 48000, currency: EUR }',
  },
  {
    what: 'a misspelt optional key',
    file: 'offers.yaml',
    from: '    plans:\n      - { label: 6 monthly',
    to: '    plan:\n      - { label: 6 monthly',
    says: 'offers[0].plan is not a key that is read here; correct its spelling or remove it',
  },
  {
    what: 'a key that stands twice',
    file: 'offers.yaml',
    from: '    name: Sleep Well Course\n',
    to: '    name: Sleep Well Course\n    name: Sleep\n',
    at: 'name: Sleep\n',
    says: 'the key "name" stands twice in one mapping; remove one of the two',
  },
  {
    what: 'broken YAML',
    file: 'offers.yaml',
    from: 'aliases: [foundation, foundation course, basic course',
    to: 'aliases: foundation: course [basic course',
    says: 'Nested mappings are not allowed in compact mappings; correct the YAML here (a text with ":" or "#" in it needs quotes)',
  },
  {
    what: 'a tab',
    file: 'courses.yaml',
    from: '    title: Sleep Well Course\n',
    to: '\ttitle: Sleep Well Course\n',
    says: 'a tab is used as indentation; use spaces',
  },
  {
    what: 'two offers with one id',
    file: 'offers.yaml',
    from: 'id: sleep-well-course',
    to: 'id: breathwork-course',
    says: 'offers[2].id is "breathwork-course", which offers[1].id in line <id: breathwork-course> has already; change or remove one',
  },
  {
    what: 'two lessons with one id',
    file: 'courses.yaml',
    from: 'id: light-and-timing',
    to: 'id: awake-at-night',
    at: 'title: Awake at Night',
    says: 'courses[2].lessons[3].id is "awake-at-night", which courses[2].lessons[1].id in line <title: Light and Timing> has already; change or remove one',
  },
  {
    what: 'an offer for an unknown course',
    file: 'offers.yaml',
    from: 'course: sleep\n',
    to: 'course: sleeping\n',
    says: 'offers[2].course is "sleeping"; there is no such course: write one of foundation, breathwork, sleep, facilitator',
  },
  {
    what: 'an offer that links elsewhere',
    file: 'offers.yaml',
    from: 'url: https://tidewell.example/membership',
    to: 'url: https://elsewhere.example/membership',
    says: 'offers[4].url is "https://elsewhere.example/membership"; replies may not link there: write an address on one of tidewell.example, learn.tidewell.example, or add the host to allowedHosts in workspace.yaml',
  },
  {
    what: 'a call to action that links elsewhere',
    file: 'journey.yaml',
    from: 'url: https://tidewell.example/talk',
    to: 'url: https://tidewell.example.evil.example/talk',
    says: 'stages[2].callsToAction[1].url is "https://tidewell.example.evil.example/talk"; replies may not link there: write an address on one of tidewell.example, learn.tidewell.example, or add the host to allowedHosts in workspace.yaml',
  },
  {
    what: 'a transition to an unknown stage',
    file: 'journey.yaml',
    from: '    to: alumnus\n',
    to: '    to: alumna\n',
    says: 'transitions[7].to is "alumna"; there is no such stage: write one of stranger, curious, lead, member, student, alumnus',
  },
  {
    what: 'a stage that no way leads to',
    file: 'journey.yaml',
    from: '    to: alumnus\n',
    to: '    to: curious\n',
    at: 'name: alumnus',
    says: 'stages[5].name is "alumnus"; no way leads there from "stranger": add a transition or remove the stage',
  },
  {
    what: 'an unknown initial stage',
    file: 'journey.yaml',
    from: 'initial: stranger',
    to: 'initial: newcomer',
    says: 'initial is "newcomer"; there is no such stage: write one of stranger, curious, lead, member, student, alumnus',
  },
  {
    what: 'a transition on an unknown intent',
    file: 'journey.yaml',
    from: 'on: { kind: intent, name: buy-now }',
    to: 'on: { kind: intent, name: buy-nwo }',
    says: `transitions[2].on.name is "buy-nwo"; there is no such intent: write one of ${INTENTS}`,
  },
  {
    what: 'a transition on an event that never happens',
    file: 'journey.yaml',
    from: 'name: checkout_clicked }',
    to: 'name: checkout-clicked }',
    says: 'transitions[4].on.name is "checkout-clicked"; there is no such event: write one of message, linked, checkout_clicked, enrolled, course_finished, crisis, care_ended, handed_over, stopped, subscribed',
  },
  {
    what: 'an effect with an unknown offer',
    file: 'journey.yaml',
    from: 'offer: taster-evening',
    to: 'offer: taster',
    says: 'transitions[8].effects[1].offer is "taster"; there is no such offer: write one of foundation-programme, breathwork-course, sleep-well-course, facilitator-training, membership, taster-evening',
  },
  {
    what: 'an unknown kind of trigger',
    file: 'journey.yaml',
    from: 'on: { kind: time, after: 90d }',
    to: 'on: { kind: clock, after: 90d }',
    says: 'transitions[9].on.kind is "clock"; expected one of event, intent, evidence, tool, click, flag, time',
  },
  {
    what: 'a time without a unit',
    file: 'journey.yaml',
    from: 'after: 90d',
    to: 'after: 90',
    says: 'transitions[9].on.after is 90; expected a time in hours or days: write e.g. 12h or 3d',
  },
  {
    what: 'a member in an unknown course',
    file: 'members.yaml',
    from: '      - course: foundation\n',
    to: '      - course: fundament\n',
    says: 'members[0].enrolments[0].course is "fundament"; there is no such course: write one of foundation, breathwork, sleep, facilitator',
  },
  {
    what: 'a lesson of another course',
    file: 'members.yaml',
    from: 'completed: [looking-at-your-nights]',
    to: 'completed: [arriving]',
    says: 'members[2].enrolments[0].completed[0] is "arriving"; there is no such lesson of sleep: write one of looking-at-your-nights, light-and-timing, slowing-down-the-evening, awake-at-night',
  },
  {
    what: 'an order of an unknown offer',
    file: 'members.yaml',
    from: 'offer: membership',
    to: 'offer: club',
    says: 'members[3].orders[0].offer is "club"; there is no such offer: write one of foundation-programme, breathwork-course, sleep-well-course, facilitator-training, membership, taster-evening',
  },
  {
    what: 'two members with one number',
    file: 'members.yaml',
    from: "member: '1005'",
    to: "member: '1001'",
    says: `members[4].member is "1001", which members[0].member in line <member: '1001'> has already; change or remove one`,
  },
  {
    what: 'a number where text is meant',
    file: 'members.yaml',
    from: "member: '1005'",
    to: 'member: 1005',
    says: 'members[4].member is 1005; expected text: put it in quotes, "1005"',
  },
  {
    what: 'a date that is none',
    file: 'members.yaml',
    from: 'startedAt: 2026-09-07',
    to: 'startedAt: 2026-13-07',
    says: 'members[0].enrolments[0].startedAt is "2026-13-07"; expected a date: write e.g. 2026-09-07',
  },
  {
    what: 'a suggestion that is too long for a button',
    file: 'workspace.yaml',
    from: 'Was kostet das Grundlagenprogramm?',
    to: `Was kostet das Grundlagenprogramm${'?'.repeat(60)}`,
    says: `suggestions.de[1] is "Was kostet das Grundlagenprogramm${'?'.repeat(25)}…; expected at most 80 characters: write less`,
  },
  {
    what: 'suggestions without English',
    file: 'workspace.yaml',
    from: '  en:\n    - How long',
    to: '  fr:\n    - How long',
    at: 'suggestions:',
    says: 'suggestions needs at least the key "en": add it',
  },
  {
    what: 'suggestions that are no list',
    file: 'workspace.yaml',
    from: 'suggestions:\n',
    to: 'suggestions: 5\nother:\n',
    says: 'suggestions is 5; expected at most five questions of at most 80 characters, or such a list for each language: write e.g. { en: [What does it cost?] }',
  },
  {
    what: 'a phrase whose parts differ between languages',
    file: 'tone.yaml',
    from: 'Hallo und willkommen bei {school}.',
    to: 'Hallo und willkommen bei {schule}.',
    says: 'phrases.greeting.de has {schule} but en has {school}: use the same',
  },
  {
    what: 'a part that nothing fills in',
    file: 'tone.yaml',
    from: 'en: You are welcome.',
    to: 'en: You are welcome, {name}.',
    says: 'phrases.thanks.en has {name}, which is never filled in: remove it',
  },
  {
    what: 'a phrase without English',
    file: 'tone.yaml',
    from: '    en: Hello, and welcome to {school}. What would you like to know?\n',
    to: '',
    at: '  greeting:',
    says: 'phrases.greeting needs at least the key "en": add it',
  },
  {
    what: 'a misspelt phrase',
    file: 'tone.yaml',
    from: '  thanks:\n',
    to: '  thank_you:\n',
    says: 'phrases.thank_you is not a key that is read here; correct its spelling or remove it',
  },
  {
    what: 'a language that is none',
    file: 'tone.yaml',
    from: '    de: Gern geschehen.',
    to: '    deutsch: Gern geschehen.',
    says: 'phrases.thanks.deutsch is "Gern geschehen. Schreib einfach wieder, wenn etwas ist."; expected a language as two small letters: write e.g. en',
  },
  {
    what: 'a crisis line without the number to call',
    file: 'safety.yaml',
    from: `nl: '{name}: {phone} ({hours}).`,
    to: `nl: '{name} ({hours}).`,
    says: 'texts.line.nl has {emergency} {hours} {name} but en has {emergency} {hours} {name} {phone}: use the same',
  },
  {
    what: 'a country without a crisis line',
    file: 'workspace.yaml',
    from: 'country: DE',
    to: 'country: de',
    says: 'country is "de"; safety.yaml has no line for it: add one there',
  },
  {
    what: 'a time zone that is none',
    file: 'workspace.yaml',
    from: 'timeZone: Europe/Berlin',
    to: 'timeZone: Berlin',
    says: 'timeZone is "Berlin"; no such time zone: write e.g. Europe/Berlin',
  },
  {
    what: 'a host with its scheme',
    file: 'workspace.yaml',
    from: '  - learn.tidewell.example',
    to: '  - https://learn.tidewell.example',
    says: 'allowedHosts[1] is "https://learn.tidewell.example"; expected host names without https:// and path: write e.g. [school.example]',
  },
  {
    what: 'front matter with an unknown audience',
    file: 'knowledge/courses/breathwork-course.md',
    from: 'audience: public',
    to: 'audience: everyone',
    says: 'audience is "everyone"; expected one of public, members, person, private, operators',
  },
  {
    what: 'front matter with an unknown key',
    file: 'knowledge/courses/breathwork-course.md',
    from: 'language: en',
    to: 'langage: en',
    says: 'langage is not a key that is read here; correct its spelling or remove it',
  },
  {
    what: 'front matter with a key twice',
    file: 'knowledge/courses/breathwork-course.md',
    from: 'language: en',
    to: 'title: Breathwork',
    says: 'the key "title" stands twice in one mapping; remove one of the two',
  },
  {
    what: 'an article in a language the school does not speak',
    file: 'knowledge/courses/breathwork-course.md',
    from: 'language: en',
    to: 'language: english',
    says: 'language is "english"; write one of en, de, es',
  },
  {
    what: 'an article that links elsewhere',
    file: 'knowledge/courses/breathwork-course.md',
    from: 'url: https://tidewell.example/help/breathwork-course',
    to: 'url: https://elsewhere.example/',
    says: 'url is "https://elsewhere.example/"; replies may not link there: write an address on one of tidewell.example, learn.tidewell.example, or add the host to allowedHosts in workspace.yaml',
  },
  {
    what: 'one utterance under two intents',
    file: 'intents/supervisor.yaml',
    from: 'good morning',
    to: 'How much ís it?',
    says: 'intents[0].exemplars[1] is "How much ís it?", which "price" has at workspace/intents/sales.yaml:6; keep one of the two',
  },
  {
    what: 'one intent in two files',
    file: 'intents/supervisor.yaml',
    from: 'name: human-please',
    to: 'name: buy-now',
    says: 'intents[1].name is "buy-now", which workspace/intents/sales.yaml:9 defines already; keep one',
  },
  {
    what: 'an intent that is the platform’s own',
    file: 'intents/sales.yaml',
    from: 'name: pay-in-parts',
    to: 'name: unclear',
    says: 'intents[2].name is "unclear", which the platform decides by itself; remove it',
  },
  {
    what: 'too few exemplars',
    file: 'intents/sales.yaml',
    from: 'exemplars: [sign me up, enrol me, book a place]',
    to: 'exemplars: [sign me up]',
    says: 'intents[1].exemplars is ["sign me up"]; expected at least 3 items: write more',
  },
];

describe('readWorkspace', () => {
  it('accepts the sample school', async () => {
    const workspace = await readWorkspace(SAMPLE);
    expect(workspace.organisation.name).toBe('Tidewell School');
    expect(workspace.offers).toHaveLength(6);
    expect(workspace.courses.map((course) => course.lessons.length)).toEqual([12, 8, 4, 12]);
    expect(workspace.documents.length).toBeGreaterThanOrEqual(25);
    expect(new Set(workspace.safety.lines.map((line) => line.country)).size).toBeGreaterThanOrEqual(14);
    expect(workspace.intents.flatMap((file) => file.intents).length).toBeGreaterThanOrEqual(25);
  });

  it('says every fixed sentence and every crisis text in each of its languages', async () => {
    const { tone, safety, organisation } = await readWorkspace(SAMPLE);
    for (const key of PhraseKey.options) expect(Object.keys(tone.phrases[key]), key).toEqual(organisation.locales);
    for (const [key, words] of Object.entries(safety.texts)) {
      expect(Object.keys(words).toSorted(), key).toEqual(['de', 'en', 'es', 'fr', 'it', 'nl', 'pt']);
    }
    expect(phrase(tone.phrases.greeting, 'de', { school: 'X' })).toContain('willkommen bei X');
  });

  it('takes one list of suggestions for every language', async () => {
    await freshCopy();
    const file = await readFile(join(folder, 'workspace.yaml'), 'utf8');
    const list = 'suggestions: [What does it cost?]\n';
    await write('workspace.yaml', file.slice(0, file.indexOf('suggestions:')) + list);
    const { suggestions } = (await readWorkspace(folder)).organisation;
    expect(['en', 'de'].map((locale) => suggestionsIn(suggestions, locale))).toEqual([
      ['What does it cost?'],
      ['What does it cost?'],
    ]);
  });

  it('takes the id of an article from its path and the text from below the front matter', async () => {
    await freshCopy();
    const { documents } = await readWorkspace(folder);
    const article = documents.find((document) => document.id === 'courses/breathwork-course');
    expect(article).toMatchObject({ title: 'Breathwork Course', audience: 'public', language: 'en' });
    expect(article?.body).toMatch(/^The Breathwork Course is about one thing/);
    expect(article?.body).toContain('## How long it takes\n\nThe Breathwork Course takes 8 weeks');
  });

  it('reads files with Windows line ends and a byte order mark', async () => {
    await freshCopy();
    const name = 'knowledge/courses/breathwork-course.md';
    const text = await readFile(join(folder, name), 'utf8');
    await write(name, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    const { documents } = await readWorkspace(folder);
    expect(documents.find((document) => document.id === 'courses/breathwork-course')?.title).toBe('Breathwork Course');
  });

  it('gives the same version for the same files and another one after any edit', async () => {
    await freshCopy();
    const { version } = await readWorkspace(folder);
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect((await readWorkspace(folder)).version).toBe(version);
    await replace('knowledge/courses/breathwork-course.md', 'with about 3 hours a week', 'with some 3 hours a week');
    const edited = await readWorkspace(folder);
    expect(edited.version).not.toBe(version);
    await freshCopy();
    await write('evals/first.yaml', 'cases: []\n');
    expect((await readWorkspace(folder)).version, 'evals are not part of a turn').toBe(version);
  });
});

describe('readWorkspace refuses', () => {
  it.each(CASES)('$what', async ({ file, from, to, at, says }) => {
    await freshCopy();
    const line = await replace(file, from, to);
    const broken = await readFile(join(folder, file), 'utf8');
    const lineOf = (text: string): number => broken.slice(0, broken.indexOf(text)).split('\n').length;
    const expected = says.replaceAll(/<([^>]+)>/g, (_, text: string) => String(lineOf(text)));
    expect(await refusalOf()).toContain(`workspace/${file}:${at === undefined ? line : lineOf(at)}: ${expected}`);
  });

  it('a missing phrase, at the place where it should be added', async () => {
    await freshCopy();
    const line = await replace('tone.yaml', '  thanks:\n', '  thank_you:\n');
    const start = (await readFile(join(folder, 'tone.yaml'), 'utf8')).split('\n').indexOf('phrases:') + 1;
    expect(await refusalOf()).toEqual([
      `workspace/tone.yaml:${start}: phrases.thanks is missing; expected keys with values: add it`,
      `workspace/tone.yaml:${line}: phrases.thank_you is not a key that is read here; correct its spelling or remove it`,
    ]);
  });

  it('a misspelt name in a long list with the names that are most like it', async () => {
    await freshCopy();
    const others = Array.from(
      { length: 30 },
      (_, index) => `  - { name: other-${index}, about: A, exemplars: [a${index}, b${index}, c${index}] }\n`,
    );
    await write('intents/others.yaml', `agent: support\nintents:\n${others.join('')}`);
    const line = await replace('journey.yaml', 'name: pay-in-parts }', 'name: pay-in-part }');
    const [refusal] = await refusalOf();
    expect(refusal).toContain(
      `workspace/journey.yaml:${line}: transitions[3].on.name is "pay-in-part"; there is no such intent: write one of pay-in-parts, `,
    );
    expect(refusal).toMatch(/, … \(39 in all\)$/);
  });

  it('each single mistake with one line only', async () => {
    await freshCopy();
    await replace('journey.yaml', '    to: alumnus\n', '    to: curious\n');
    expect(await refusalOf()).toHaveLength(1);
    await freshCopy();
    const line = await replace('courses.yaml', '    weeks: 4\n', '    weeks: four\n');
    expect(await refusalOf(), 'what depends on a broken file is not blamed too').toEqual([
      `workspace/courses.yaml:${line}: courses[2].weeks is "four"; expected a whole number of weeks above 0: write e.g. 8`,
    ]);
  });

  it.each([
    ['offers.yaml', 'the file is missing; add it with offers, the list of what can be bought'],
    [
      'workspace.yaml',
      'the file is missing; add it with name, about, locales, timeZone, country, allowedHosts and suggestions',
    ],
    ['safety.yaml', 'the file is missing; add it with the crisis texts and lines'],
  ])('a missing %s', async (file, says) => {
    await freshCopy();
    await rm(join(folder, file));
    expect(await refusalOf()).toContain(`workspace/${file}:1: ${says}`);
  });

  it('a workspace without intents or articles', async () => {
    await freshCopy();
    await rm(join(folder, 'intents'), { recursive: true });
    await rm(join(folder, 'knowledge'), { recursive: true });
    expect(await refusalOf()).toEqual([
      'workspace/intents/supervisor.yaml:1: the file is missing; add it with agent: supervisor and its intents, at least greeting and human-please',
      'workspace/knowledge/welcome.md:1: the file is missing; add it with front matter (title, audience) and text: the first article',
    ]);
  });

  it('a workspace whose intents leave out one that must be there', async () => {
    await freshCopy();
    await write('intents/supervisor.yaml', SUPERVISOR.slice(0, SUPERVISOR.indexOf('  - name: human-please')));
    expect(await refusalOf()).toEqual([
      'workspace/intents/supervisor.yaml:1: the intent "human-please" is missing; add it with about and at least 3 exemplars',
    ]);
  });

  it('a folder that is not there', async () => {
    folder = join(room, 'nowhere');
    expect(await refusalOf()).toEqual([
      'nowhere: the workspace folder cannot be read (ENOENT); set WORKSPACE to a folder that holds workspace.yaml',
    ]);
  });

  it.each([
    ['', 1, 'the front matter is missing; start the file with "---", title: and audience:, "---"'],
    [
      '# A heading\n\nText.\n',
      1,
      'the front matter is missing; start the file with "---", title: and audience:, "---"',
    ],
    ['---\ntitle: A\naudience: public\n---\n\n', 4, 'the article has no text; write it below the front matter'],
    ['---\naudience: public\n---\nText.\n', 2, 'title is missing; expected text: add it'],
  ])('the article %j', async (text, line, says) => {
    await freshCopy();
    await write('knowledge/new.md', text);
    expect(await refusalOf()).toEqual([`workspace/knowledge/new.md:${line}: ${says}`]);
  });

  it('an article whose file name gives no id', async () => {
    await freshCopy();
    await write('knowledge/My Article.md', '---\ntitle: A\naudience: public\n---\nText.\n');
    expect(await refusalOf()).toEqual([
      'workspace/knowledge/My Article.md:1: the file name gives the id "My Article"; rename it with small letters, digits, "-" and "_" only',
    ]);
  });

  it('a file that is not UTF-8, an empty one, and aliases that cannot be resolved', async () => {
    await freshCopy();
    await write('offers.yaml', new Uint8Array([0x6f, 0xff, 0xfe, 0x80]));
    await write('courses.yaml', '');
    await write('members.yaml', 'members: *nobody\n');
    expect(await refusalOf()).toEqual([
      'workspace/courses.yaml:1: the file is empty; expected keys with values: correct it',
      'workspace/members.yaml:1: an alias (*name) cannot be resolved; write the value out',
      'workspace/offers.yaml:1: the file is not UTF-8 text; save it as UTF-8',
    ]);
  });

  it('all problems of all files at once, sorted, at most twenty of them', async () => {
    await freshCopy();
    await replace('offers.yaml', 'price: { amount: 9000,', 'price: { amount: abc,');
    await replace('tone.yaml', 'en: You are welcome.', 'en: You are welcome, {name}.');
    await replace('workspace.yaml', 'timeZone: Europe/Berlin', 'timeZone: Berlin');
    const lines = await refusalOf();
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'workspace/offers.yaml',
      // German and Spanish no longer have the parts that English has.
      'workspace/tone.yaml',
      'workspace/tone.yaml',
      'workspace/tone.yaml',
      'workspace/workspace.yaml',
    ]);
    await write('members.yaml', `members:\n${'  - { member: 1, name: A }\n'.repeat(30)}`);
    const many = await refusalOf();
    expect(many).toHaveLength(21);
    expect(many.at(-1)).toBe('and 15 more; correct these first');
  });
});
