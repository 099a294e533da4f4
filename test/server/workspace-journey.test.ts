/** Bad input in journey.yaml: every kind is refused with its line, the value and what to do. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownNames } from '../../cli/known-names.ts';
import { readWorkspace } from '../../server/workspace.ts';

const SAMPLE = fileURLToPath(new URL('../../workspace', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'throughline-journey-')), 'workspace');
  await cp(SAMPLE, folder, { recursive: true });
});
afterAll(() => rm(join(folder, '..'), { recursive: true, force: true }));

/** A definition with nothing wrong, to which each case does one thing. */
const SOUND = `version: 3
initial: stranger
stages:
  - { name: stranger, about: A }
  - { name: curious, about: B, callsToAction: [{ name: look, label: Look, url: https://tidewell.example/ }] }
  - { name: lead, about: C }
regions:
  - name: care
    about: D
    initial: well
    stages:
      - { name: well, about: E }
      - { name: in-care, about: F, invites: false }
evidence:
  - { name: decided, about: G, says: { en: [count me in] } }
flags:
  - { name: inactive, about: H }
migrations:
  - { from: 1, stages: { prospect: buyer } }
  - { from: 2, stages: { buyer: lead } }
exits:
  - { id: leaves, to: stranger, except: [lead], on: { kind: event, name: stopped } }
transitions:
  - { id: words, from: [stranger], to: curious, on: { kind: event, name: message }, effects: [{ kind: tag, tag: wrote }] }
  - { id: decides, from: [curious], to: lead, on: { kind: evidence, about: decided } }
  - { id: aims, from: [curious], to: lead, on: { kind: evidence, about: goal, confidence: 0.9 } }
  - { id: looks, from: [curious], to: lead, on: { kind: click, name: look } }
  - { id: holds, from: [curious], to: lead, on: { kind: tool, name: hold_place } }
  - { id: fades, from: [lead], to: curious, on: { kind: time, after: 30d }, when: [{ kind: not-in, stage: in-care }] }
  - { id: worries, from: [well], to: in-care, on: { kind: flag, name: inactive }, when: [{ kind: tagged, tag: wrote }] }
  - { id: heals, from: [in-care], to: well, on: { kind: time, after: 14d } }
`;

async function problemsOf(yaml: string): Promise<readonly string[]> {
  await writeFile(join(folder, 'journey.yaml'), yaml);
  const error: unknown = await readWorkspace(folder).then(
    () => null,
    (caught: unknown) => caught,
  );
  return error instanceof Error ? error.message.split('\n') : [];
}

/** One line of the sound definition is changed; without `to`, `from` is the last line and more is added behind it. */
function broken(from: string, to: string): string {
  expect(SOUND.split(from), from).toHaveLength(2);
  return SOUND.replace(from, () => to);
}

const lineOf = (yaml: string, text: string): number => yaml.slice(0, yaml.indexOf(text)).split('\n').length;

type Case = readonly [what: string, from: string, to: string, says: string, at?: string];

const CASES: readonly Case[] = [
  [
    'a stage that nobody reaches',
    '  - { name: lead, about: C }\n',
    '  - { name: lead, about: C }\n  - { name: island, about: I }\n',
    'stages[3].name is "island"; no way leads there from "stranger": add a transition or remove the stage',
    'name: island',
  ],
  [
    'a stage of a region that nobody reaches',
    '      - { name: in-care, about: F, invites: false }\n',
    '      - { name: in-care, about: F, invites: false }\n      - { name: resting, about: I }\n',
    'regions[0].stages[2].name is "resting"; no way leads there from "well": add a transition or remove the stage',
    'name: resting',
  ],
  [
    'a circle of time',
    '  - { id: heals,',
    '  - { id: again, from: [curious], to: lead, on: { kind: time, after: 9d } }\n  - { id: heals,',
    'transitions[5].on.after is 30d; time alone leads from "curious" back to "lead": break the circle with another trigger',
    'id: fades',
  ],
  [
    'an unknown intent',
    'on: { kind: flag, name: inactive }',
    'on: { kind: intent, name: cancel-memberships }',
    'transitions[6].on.name is "cancel-memberships"; there is no such intent: write one of cancel-membership, ',
  ],
  [
    'an unknown evidence',
    'about: decided }',
    'about: decidedd }',
    'transitions[1].on.about is "decidedd"; there is no such evidence: write one of decided, name, language, preference, goal, circumstance, interest',
  ],
  [
    'an unknown tool',
    'name: hold_place',
    'name: hold_places',
    'transitions[4].on.name is "hold_places"; there is no such tool: write one of hold_place, ',
  ],
  [
    'an outcome that no tool has',
    'name: hold_place',
    'name: hold_place, outcome: fine',
    'transitions[4].on.outcome is "fine"; expected one of ok, refused, failed',
  ],
  [
    'a click on what nobody is shown',
    'kind: click, name: look',
    'kind: click, name: book',
    'transitions[3].on.name is "book"; there is no such call to action with a name: write one of look',
  ],
  [
    'a flag that nobody raises',
    'kind: flag, name: inactive',
    'kind: flag, name: idle',
    'transitions[6].on.name is "idle"; there is no such flag: write one of inactive',
  ],
  [
    'an unknown effect',
    'effects: [{ kind: tag, tag: wrote }]',
    'effects: [{ kind: tag, tag: wrote }, { kind: email, to: me }]',
    'transitions[0].effects[1].kind is "email"; expected one of tag, untag, offer, message, reminder, webhook',
  ],
  [
    'an unknown offer',
    'effects: [{ kind: tag, tag: wrote }]',
    'effects: [{ kind: tag, tag: wrote }, { kind: offer, offer: gold }]',
    'transitions[0].effects[1].offer is "gold"; there is no such offer: write one of ',
  ],
  [
    'an unknown stage to go to',
    'to: in-care,',
    'to: in-cure,',
    'transitions[6].to is "in-cure"; there is no such stage: write one of well, in-care',
  ],
  [
    'an unknown stage to come from',
    'from: [in-care]',
    'from: [in-care, in-need]',
    'transitions[7].from[1] is "in-need"; there is no such stage: write one of stranger, curious, lead, well, in-care',
  ],
  [
    'a way from one region into another',
    'from: [in-care]',
    'from: [in-care, lead]',
    'transitions[7].from[1] is "lead", which is no stage of "care" where "well" is; use a guard: when',
  ],
  [
    'an unknown kind of guard',
    'when: [{ kind: tagged, tag: wrote }]',
    'when: [{ kind: wearing, tag: wrote }]',
    'transitions[6].when[0].kind is "wearing"; expected one of tagged, untagged, consent, in, not-in',
  ],
  [
    'a guard on a tag that nothing gives',
    'when: [{ kind: tagged, tag: wrote }]',
    'when: [{ kind: tagged, tag: rote }]',
    'transitions[6].when[0].tag is "rote"; no effect gives this tag: add { kind: tag, tag: rote } where it is earned',
  ],
  [
    'a guard on the region that moves',
    'when: [{ kind: not-in, stage: in-care }]',
    'when: [{ kind: not-in, stage: stranger }]',
    'transitions[5].when[0].stage is "stranger", a stage of the same region; write it into from, or name a stage of another region',
  ],
  [
    'time out of where everybody always was',
    'on: { kind: flag, name: inactive }',
    'on: { kind: time, after: 9d }',
    'transitions[6].from[0] is "well", where everybody always was; time cannot lead out of it: wait for a flag instead',
  ],
  [
    'two transitions that cannot be told apart',
    '  - { id: heals,',
    '  - { id: speaks, from: [lead, stranger], to: lead, on: { kind: event, name: message }, membersOnly: true }\n  - { id: heals,',
    'transitions[7].id is "speaks", which never happens in "stranger": "words" at transitions[0] in line 24 always comes first; give one of them another trigger or a guard',
    'id: speaks',
  ],
  [
    'evidence that surer evidence of the same kind never needs',
    '  - { id: looks,',
    '  - { id: sure, from: [curious], to: lead, on: { kind: evidence, about: decided, confidence: 0.8 } }\n  - { id: looks,',
    'transitions[3].id is "sure", which never happens in "curious": "decides" at transitions[1] in line 25 always comes first; give one of them another trigger or a guard',
    'id: sure',
  ],
  [
    'a longer wait behind a shorter one',
    '  - { id: fades,',
    '  - { id: late, from: [in-care], to: well, on: { kind: time, after: 15d } }\n  - { id: fades,',
    'transitions[5].id is "late", which never happens in "in-care": "heals" at transitions[8] in line 32 always comes first; give one of them another trigger or a guard',
    'id: late',
  ],
  [
    'a transition that an exit always precedes',
    'on: { kind: tool, name: hold_place }',
    'on: { kind: event, name: stopped  }',
    'transitions[4].id is "holds", which never happens in "curious": "leaves" at exits[0] in line 22 always comes first; give one of them another trigger or a guard',
  ],
  [
    'words that are missing in the first language',
    'when: [{ kind: tagged, tag: wrote }] }',
    'when: [{ kind: tagged, tag: wrote }],\n      effects: [{ kind: reminder, after: 2d, text: { de: Hallo } }] }',
    'transitions[6].effects[0].text needs at least the key "en"',
    'text: { de',
  ],
  [
    'a message in a conversation',
    'effects: [{ kind: tag, tag: wrote }]',
    'effects: [{ kind: tag, tag: wrote }, { kind: message, text: { en: Hello } }]',
    'transitions[0].effects has a message, but is no time transition: in a conversation the answer itself speaks',
  ],
  [
    'an id that stands twice',
    'id: looks',
    'id: aims',
    'transitions[3].id is "aims", which transitions[2].id in line 26 has already; change or remove one',
    'id: aims, from: [curious], to: lead, on: { kind: click',
  ],
  [
    'a stage that stands twice, in two regions',
    '      - { name: in-care, about: F, invites: false }\n',
    '      - { name: in-care, about: F, invites: false }\n      - { name: lead, about: again }\n',
    'regions[0].stages[2].name is "lead", which stages[2].name in line 6 has already; change or remove one',
    'about: again',
  ],
  [
    'an id that is the platform’s own',
    'id: heals',
    'id: dispute',
    'transitions[7].id is "dispute", which the platform uses itself; choose another id',
  ],
  [
    'a migration to nowhere',
    'stages: { buyer: lead }',
    'stages: { buyer: customer }',
    'migrations[1].stages.buyer is "customer"; there is no such stage: write one of stranger, curious, lead, well, in-care',
  ],
  [
    'a migration from the version itself',
    '{ from: 2, stages',
    '{ from: 3, stages',
    'migrations[1].from is 3; write a version before 3, which this one is',
  ],
  [
    'a channel that there is not',
    'name: look, label: Look,',
    'name: look, label: Look, channels: [web, fax],',
    'stages[1].callsToAction[0].channels[1] is "fax"; expected one of web, telegram, facebook, buddyboss',
  ],
];

describe('journey.yaml', () => {
  it('is accepted where nothing is wrong with it', async () => {
    expect(await problemsOf(SOUND)).toEqual([]);
  });

  const cases = CASES.map(([what, from, to, says, at = to]) => ({ what, from, to, says, at }));
  it.each(cases)('is refused for $what', async ({ from, to, says, at }) => {
    const yaml = broken(from, to);
    const problems = await problemsOf(yaml);
    const [problem = ''] = problems;
    expect(problem).toContain(`workspace/journey.yaml:${lineOf(yaml, at)}: ${says}`);
    expect(problems).toHaveLength(1);
  });

  it('needs every text in the organisation’s first language', async () => {
    const organisation = await readFile(join(SAMPLE, 'workspace.yaml'), 'utf8');
    const yaml = broken(
      'when: [{ kind: not-in, stage: in-care }] }',
      'when: [{ kind: not-in, stage: in-care }], effects: [{ kind: message, text: { en: Hello } }] }',
    );
    expect(await problemsOf(yaml)).toEqual([]);
    await writeFile(
      join(folder, 'workspace.yaml'),
      organisation.replace('locales: [en, de, es]', 'locales: [de, en, es]'),
    );
    const problems = await problemsOf(yaml);
    await writeFile(join(folder, 'workspace.yaml'), organisation);
    expect(problems).toEqual([
      `workspace/journey.yaml:${lineOf(yaml, 'id: fades')}: transitions[5].effects[0].text has no words in "de", the first of locales: add them`,
    ]);
  });

  it('may wait for every tool that an agent has', async () => {
    const workspace = await readWorkspace(SAMPLE);
    for (const tool of knownNames(workspace).tool) {
      expect(await problemsOf(broken('name: hold_place', `name: ${tool}`)), tool).toEqual([]);
    }
    const [problem = ''] = await problemsOf(broken('name: hold_place', 'name: x'));
    expect(problem).toMatch(new RegExp(`\\(${knownNames(workspace).tool.length} in all\\)`));
  });
});

describe('the sample school', () => {
  it('has the six stages, three sides of life beside them, and at least 18 transitions', async () => {
    const { journey } = await readWorkspace(SAMPLE);
    expect(journey.stages.map(({ name }) => name)).toEqual([
      'stranger',
      'curious',
      'lead',
      'member',
      'student',
      'alumnus',
    ]);
    const beside = journey.regions.flatMap(({ stages }) => stages.map(({ name }) => name));
    expect(beside).toEqual(expect.arrayContaining(['at-risk', 'paused', 'in-care']));
    expect(journey.transitions.length).toBeGreaterThanOrEqual(18);
    const kinds = new Set(journey.transitions.map(({ on }) => on.kind));
    expect([...kinds].toSorted()).toEqual(['click', 'event', 'evidence', 'flag', 'intent', 'time', 'tool']);
  });
});
