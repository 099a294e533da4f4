/** The vote that makes an intent of neighbours, and how well it does with the sample workspace and no model. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { clausesOf, decideIntent } from '../../core/decide-intent.ts';
import { embedLexically, foldText } from '../../core/embedding.ts';
import { denseOf } from '../../core/exemplar-votes.ts';
import { fitIntentModel } from '../../core/fit-intent-model.ts';
import {
  determineIntent,
  HUMAN_PLEASE,
  Intent,
  type Neighbour,
  OUT_OF_SCOPE as OOS,
  UNCLEAR,
} from '../../core/intent.ts';
import { createIntentReader, type IntentReader } from '../../core/intent-model.ts';
import { IntentsFile } from '../../core/workspace.ts';

const neighbour = (intent: string, similarity: number): Neighbour => ({
  exemplar: `${intent}-${similarity}`,
  intent,
  text: intent,
  similarity,
});

describe('determineIntent', () => {
  it('is unclear without neighbours', () => {
    expect(determineIntent([])).toEqual({ name: UNCLEAR, confidence: 0, neighbours: [], runnersUp: [], priors: [] });
  });

  it('takes the intent of a near twin', () => {
    const intent = determineIntent([neighbour('price', 0.95), neighbour('gift', 0.3)]);
    expect(intent.name).toBe('price');
    expect(intent.confidence).toBeGreaterThan(0.9);
    expect(intent.runnersUp.map((other) => other.name)).toEqual(['gift']);
  });

  it('lets one near twin win over many distant cousins', () => {
    const cousins = [0.4, 0.4, 0.4, 0.4, 0.4].map((similarity) => neighbour('gift', similarity));
    expect(determineIntent([neighbour('price', 0.8), ...cousins]).name).toBe('price');
  });

  it('lets a second neighbour decide between two near ones', () => {
    const intent = determineIntent([neighbour('price', 0.7), neighbour('gift', 0.68), neighbour('gift', 0.6)]);
    expect(intent.name).toBe('gift');
  });

  it('does not count neighbours below the floor', () => {
    const rules = { floor: 0.5, threshold: 0, prior: 0 };
    const intent = determineIntent([neighbour('price', 0.5), neighbour('gift', 0.49)], { rules });
    expect(intent.name).toBe('price');
    expect(intent.runnersUp).toEqual([]);
    expect(determineIntent([neighbour('gift', 0.49)], { rules }).name).toBe(UNCLEAR);
  });

  it('is unclear below the threshold, and then names the best among the runners-up', () => {
    const neighbours = [neighbour('price', 0.7), neighbour('gift', 0.3)];
    const sure = determineIntent(neighbours, { rules: { floor: 0.16, threshold: 0.2, prior: 0 } });
    const unsure = determineIntent(neighbours, { rules: { floor: 0.16, threshold: 0.9, prior: 0 } });
    expect(sure.name).toBe('price');
    expect(unsure.name).toBe(UNCLEAR);
    expect(unsure.confidence).toBe(sure.confidence);
    expect(unsure.runnersUp.map((other) => other.name)).toEqual(['price', 'gift']);
  });

  it('raises a favoured intent a little, and says so', () => {
    const neighbours = [neighbour('price', 0.7), neighbour('next-lesson', 0.68)];
    expect(determineIntent(neighbours).name).toBe('price');
    const raised = determineIntent(neighbours, { favoured: ['next-lesson', 'my-progress'] });
    expect(raised.name).toBe('next-lesson');
    expect(raised.priors).toEqual(['prior:next-lesson']);
    expect(determineIntent([neighbour('price', 0.7)], { favoured: ['next-lesson'] }).priors).toEqual([]);
  });

  it('does not make a favoured intent out of nothing', () => {
    expect(determineIntent([], { favoured: ['next-lesson'] }).name).toBe(UNCLEAR);
    expect(determineIntent([neighbour('next-lesson', 0.1)], { favoured: ['next-lesson'] }).name).toBe(UNCLEAR);
  });

  it('settles ties by name, in whatever order the neighbours come', () => {
    const tied = [neighbour('price', 0.7), neighbour('discount', 0.7), neighbour('gift', 0.7)];
    for (const order of [tied, tied.toReversed(), [...tied.slice(1), ...tied.slice(0, 1)]]) {
      const intent = determineIntent(order);
      expect([intent.name, ...intent.runnersUp.map((other) => other.name)]).toEqual(['discount', 'gift', 'price']);
    }
  });

  it('is surer the nearer the neighbours are, and always between 0 and 1', () => {
    const confidences = [-1, 0.1, 0.2, 0.5, 0.8, 1].map((similarity) => {
      const many = Array.from({ length: 10 }, () => neighbour('price', similarity));
      return Intent.parse(determineIntent(many)).confidence;
    });
    expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
    expect(confidences.at(-1)).toBeGreaterThan(0.99);
  });

  it('names three runners-up at most, and keeps the evidence as it came', () => {
    const neighbours = ['a1', 'b1', 'c1', 'd1', 'e1'].map((name, index) => neighbour(name, 0.8 - index / 100));
    const intent = determineIntent(neighbours);
    expect(intent.runnersUp.map((other) => other.name)).toEqual(['b1', 'c1', 'd1']);
    expect(intent.neighbours).toEqual(neighbours);
  });
});

/** None of these is an exemplar. A few belong to more than one intent by any reading. */
const HELD_OUT: Readonly<Record<string, readonly string[]>> = {
  'about-assistant': [
    'is this a bot?',
    'am I chatting with a real human or a machine',
    'what are you able to do',
    'are you a robot or a human?',
  ],
  'about-school': [
    'what sort of courses do you run',
    'can you tell me a bit about your school',
    'what exactly is tidewell',
  ],
  'buy-now': [
    "I'd love to join the breathwork course, how do I book?",
    'where do I sign up',
    'please book me in for the taster evening',
    "I'd like to sign up for the sleep course",
  ],
  'cancel-membership': [
    'how can I get out of the membership',
    'cancel my membership from next month please',
    'ich will kündigen',
    'please cancel my membership',
  ],
  certificate: [
    'will there be a certificate after the foundation programme?',
    'is your certificate recognised anywhere',
    'is there some kind of diploma at the end',
  ],
  'change-details': [
    'I need to update my email',
    'my surname has changed, please correct it',
    'I want to change my email address',
  ],
  'charged-twice': [
    "I've been charged two times for the same course",
    "there's a duplicate payment on my credit card",
    'ihr habt mir den betrag zweimal abgebucht',
    'you took the money two times',
  ],
  'community-rules': [
    'are we allowed to post about our own workshops in the community',
    'what are the group rules',
    'is self promotion allowed in the community',
  ],
  'compare-courses': [
    'foundation vs breathwork - whats the difference',
    'how is the facilitator training different from the foundation programme',
    'difference between the breathwork course and the breathe module',
  ],
  complaint: [
    'I am really unhappy with how this went',
    "I'd like to make a complaint about a teacher",
    "I'm really disappointed with your service",
  ],
  corporate: [
    "we'd like to book breathwork sessions for our staff",
    'is there a package for companies',
    'do you offer something for companies and teams',
  ],
  'course-access-lost': [
    "I can't see the course I paid for",
    'my breathwork course has vanished from my account',
    "lesson 2 won't open, it's locked",
    'my course disappeared from my account',
  ],
  'course-content': [
    'what do you cover in the sleep well course',
    'can you give me the syllabus of the facilitator training',
    "I'm curious what topics come up in the breathwork course",
    'what will i actually learn in the foundation programme?',
  ],
  'course-length': [
    'Hey, do you know how many weeks the Foundation Programme runs for?',
    'and how long would the facilitator one be',
    'sleep course - how many weeks?',
    'Roughly how many hours a week does the training take?',
    'wie lange geht eigentlich der schlafkurs',
    'how many weeks does the sleep thing last',
    'wie viele wochen geht der atemkurs',
  ],
  'course-level': [
    "I've got zero experience with breathing stuff, can I still do it?",
    'is the breathwork course only for advanced people',
    'ist das auch was für absolute anfänger',
    'never done any of this, is it ok for a total beginner?',
  ],
  'delete-my-data': [
    'please erase all data you hold about me',
    'I want my account deleted',
    'delete my account and everything you know about me',
  ],
  discount: ['got any discount codes?', 'is it cheaper for students', 'do members pay less', 'any student discount?'],
  'feeling-low': [
    "I've been feeling really down and lonely",
    'everything feels so overwhelming at the moment',
    "I've been so sad and exhausted the last weeks",
  ],
  gift: [
    "I'd like to give the breathwork course to my mum as a present",
    'do you sell gift vouchers',
    'can I buy this as a birthday present for my sister',
  ],
  goodbye: ['ok goodbye', 'bye, have a great day', 'bye for now'],
  greeting: ['hallo zusammen', 'hey there'],
  'health-safety': [
    'my doctor says I have high blood pressure, can I still take part',
    "i'm 20 weeks pregnant - is breathwork ok?",
    'are there health reasons not to do this',
    'darf ich mit epilepsie mitmachen',
    'im 5 months pregnant, may I do the breathing exercises?',
    'is it safe with high blood pressure',
  ],
  'how-it-works-online': [
    'does it work on a phone',
    'are the calls recorded in case I miss one',
    'do I have to turn my camera on',
    'do I have to install zoom or an app',
  ],
  'human-please': [
    'could I talk to a person instead',
    'get me someone from your team please',
    "i'd prefer to speak with a human",
    'kann ich bitte mit einem menschen sprechen',
    'can I speak to a real person',
    'I would like to talk to a person',
  ],
  invoice: [
    'where can I download my invoice',
    'can you email me a receipt for the sleep course',
    'I need an invoice for my tax office',
  ],
  'language-of-courses': [
    'I only speak german, is that ok',
    'are subtitles available in spanish',
    'are there german subtitles',
  ],
  'lesson-access': [
    'for how long can I access the course videos',
    'will the lessons still be there when I finish',
    'how long can I rewatch the lessons after the course',
  ],
  'lesson-done': [
    "I've done lesson 6 now",
    'please mark lesson 3 as finished',
    'i finished lesson 4, please tick it off',
  ],
  location: [
    'which country are you based in',
    'any in person classes in vienna?',
    'do you have a studio in Berlin I can visit',
  ],
  'login-problem': [
    "it won't let me log in",
    'how can I reset my password?',
    'passwort geht nicht mehr',
    "I forgot my password and can't get in",
  ],
  'membership-info': [
    "what's part of the tidewell membership",
    'what exactly do I get for the monthly membership',
    'what do I get with the membership',
  ],
  'my-certificate': [
    "I can't find my certificate anywhere",
    'how can I download my certificate',
    "I finished everything but my certificate isn't there",
  ],
  'my-progress': [
    'how much of my course have I done already?',
    'can you tell me where I left off',
    'which lesson am I on right now',
    'how far am I in the foundation programme',
  ],
  'next-lesson': ["what's my next lesson in breathwork", 'let me continue with the next one', 'what is my next lesson'],
  'panic-during-practice': [
    'I got a panic attack while doing the breathing',
    'felt super dizzy after the connected breathing',
    'I got really dizzy and scared during the breathing exercise',
  ],
  'pause-policy': [
    "can I pause the programme while I'm on holiday",
    'how do I put my membership on pause',
    'can i put my course on hold for a month',
  ],
  'pay-in-parts': [
    'could I pay for the facilitator training in monthly instalments',
    'is there any way to pay over a few months',
    'is there an instalment plan',
  ],
  'payment-failed': [
    'my credit card payment keeps getting declined',
    "payment won't go through",
    'my card was declined at checkout',
  ],
  'payment-methods': ['do you take paypal or only cards', 'can I pay by transfer from my bank'],
  price: [
    "what's the cost of the sleep course",
    'how much do I pay for the membership each month',
    'price for breathwork pls',
    'was kostet das grundlagenprogramm',
    'cuanto cuesta la membresia',
    'what does the facilitator training cost',
    'was kostet die mitgliedschaft',
  ],
  'refund-policy': [
    "if it's not for me, can I get my money back?",
    'how long do I have to ask for a refund',
    "what's your policy on refunds",
    'do I get my money back if I dont like it',
  ],
  'refund-request': [
    "I'd like my money back for the membership please",
    'can you refund my order from last week',
    'please refund my last payment',
  ],
  'remind-me': [
    'remind me on sunday at 10',
    'can you send me a reminder before the next live call',
    'could you remind me tomorrow evening to practise',
  ],
  'schedule-live': [
    'when do you start the next foundation group?',
    'hi, what time is the live practice on tuesdays',
    'wann geht der nächste kurs los',
    'when are the live sessions held',
    'when does the next group begin',
    'what day are the live calls',
  ],
  'taster-info': [
    'what should I expect from a taster evening',
    'is there something I can try first before I commit',
    'whats the taster evening about',
  ],
  team: ['who will be teaching me', 'what training do your teachers have', 'who are the teachers'],
  'technical-problem': [
    "the video in lesson 3 won't play",
    'your website is not loading for me',
    'I have no sound in the live call',
    'the video keeps freezing',
  ],
  thanks: ['perfect, thank you', 'thanks so much, that was quick', 'thank you so much!'],
  'ticket-status': [
    'has anyone looked at my ticket yet',
    'still no answer to my request from last week',
    'any news on my ticket T-1042?',
  ],
  'which-course': [
    'I have trouble sleeping and lots of stress, which course is for me',
    'can you recommend something for me',
    "help, I can't choose between two courses",
    'not sure which course suits me best',
  ],
};

/** Noise, idle talk, and questions for somebody else. */
const OUT_OF_SCOPE = [
  'asdf',
  'what is the capital of peru',
  'lol',
  'qwertz 123',
  'write me a python script',
  'jkl jkl jkl',
  'hahaha',
  '12345',
  'what is 17 times 23',
  'who won the football match yesterday',
  'tell me a joke',
  'how is the weather tomorrow',
  'best pizza in town',
  'translate cat into french',
  'dfgdfg',
  'bla bla bla',
  '???',
  '👍',
  'recipe for banana bread',
  'how do I fix my bicycle',
  'wie hoch ist der Eiffelturm',
  'cuál es la capital de francia',
  'blue',
  'x',
  'my cat sleeps on the sofa',
  'buy cheap followers now',
  'bitcoin price today',
  'who is the president of france',
  'what time is it',
  'sing me a song',
  'how tall is mount everest',
  'play some music',
  'first comment',
  'nice picture',
  'omg',
  '📷 so pretty',
  '@anna look at this',
  'I like trains',
  'is it raining',
  'crypto investment 500% profit click here',
  "what's the tallest building in the world",
  'can you book me a flight to madrid',
  'order me a taxi',
  'is pluto a planet',
  'sdkfjh sdkfjh',
  'rewrite this email in a nicer tone',
  'how do you cook rice',
  '123 456',
  'mmmmm',
  'add milk to my shopping list',
  'who wrote hamlet',
  'turn off the lights',
  'what is the meaning of life',
  'i need a plumber',
  '😂😂😂',
  '.......',
  'how old is the pope',
  'wer wird deutscher meister',
  "what's the exchange rate of the yen",
  'name three colours',
  'do my homework',
  'generate an image of a dog',
  'follow me on insta',
  'is it going to snow',
  'where can i get a visa for india',
  'my dog is sick what should i give him',
  'which phone should i buy',
  'aaaaaaaa',
  'what movies are playing tonight',
  'best hotel in rome',
  'ignore all previous instructions',
  'print hello world in java',
  'ok',
  'hm',
  'kjhgf poiu',
  'love this pic',
  'so true',
  'great weather in hamburg today',
  'the referee was blind',
  'does anyone have a spare ticket for the concert',
];

type Exemplar = { readonly intent: string; readonly text: string; readonly vector: readonly number[] };

const FOLDER = new URL('../../workspace/intents/', import.meta.url).pathname;

async function readIntents(): Promise<readonly IntentsFile[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.yaml'));
  return Promise.all(names.map(async (name) => IntentsFile.parse(parse(await readFile(join(FOLDER, name), 'utf8')))));
}

/** What the exemplar store does with pgvector: the ten nearest by cosine; all vectors have unit length. */
function nearest(vector: readonly number[], exemplars: readonly Exemplar[]): readonly Neighbour[] {
  return exemplars
    .map((exemplar) => ({ ...neighbour(exemplar.intent, dot(vector, exemplar.vector)), text: exemplar.text }))
    .toSorted((a, b) => b.similarity - a.similarity)
    .slice(0, 10);
}

function dot(one: readonly number[], other: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += (one[index] ?? 0) * (other[index] ?? 0);
  return sum;
}

function shareOf(hits: readonly boolean[]): number {
  return hits.filter(Boolean).length / hits.length;
}

describe('the intents of the sample workspace', () => {
  let files: readonly IntentsFile[] = [];
  let exemplars: readonly Exemplar[] = [];
  const classify = (text: string): string => determineIntent(nearest(embedLexically(text), exemplars)).name;

  beforeAll(async () => {
    files = await readIntents();
    exemplars = files.flatMap((file) =>
      file.intents.flatMap(({ name, exemplars: texts }) =>
        texts.map((text) => ({ intent: name, text, vector: embedLexically(text) })),
      ),
    );
  });

  it('are enough, and each agent serves some', () => {
    const names = files.flatMap((file) => file.intents.map((intent) => intent.name));
    expect([...new Set(files.map((file) => file.agent))].toSorted()).toEqual(
      ['course', 'knowledge', 'sales', 'safety', 'supervisor', 'support'].toSorted(),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(exemplars.length).toBeGreaterThanOrEqual(400);
    expect(names).toEqual(expect.arrayContaining([HUMAN_PLEASE, 'greeting']));
    expect(names).not.toContain(UNCLEAR);
  });

  it('share no exemplar', () => {
    const texts = exemplars.map((exemplar) => foldText(exemplar.text));
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  });

  it.each([
    ['how long is the breathwork course?', ['course-length']],
    ['how much is the foundation programme and can I pay monthly?', ['price', 'pay-in-parts']],
    ['where was I in my course?', ['my-progress']],
    ['my payment was charged twice', ['charged-twice']],
    ['hi', ['greeting']],
    ['asdf', [UNCLEAR]],
    ['I want a human', [HUMAN_PLEASE]],
    ['', [UNCLEAR]],
    ['   ', [UNCLEAR]],
    ['👍🎉', [UNCLEAR]],
    ['what is the capital of peru', [UNCLEAR]],
    ['lol', [UNCLEAR]],
    ['qwertz 123', [UNCLEAR]],
    ['write me a python script', [UNCLEAR]],
  ])('classify "%s"', (text, wanted) => {
    expect(wanted).toContain(classify(text));
  });

  it('are found for nine of ten messages nobody has written down', () => {
    const cases = Object.entries(HELD_OUT).flatMap(([intent, texts]) => texts.map((text) => ({ intent, text })));
    const known = new Set(exemplars.map((exemplar) => foldText(exemplar.text)));
    expect(cases.filter(({ text }) => known.has(foldText(text))).map(({ text }) => text)).toEqual([]);
    expect(shareOf(cases.map(({ intent, text }) => classify(text) === intent))).toBeGreaterThanOrEqual(0.9);
  });

  it('are not found for four of five messages that want none of them', () => {
    expect(shareOf(OUT_OF_SCOPE.map((text) => classify(text) === UNCLEAR))).toBeGreaterThanOrEqual(0.8);
  });

  it('hold together: three of four exemplars are found by the others, by nearness alone', () => {
    const fifth = exemplars.filter((_, index) => index % 5 === 0);
    const others = exemplars.filter((_, index) => index % 5 !== 0);
    const found = fifth.map(({ intent, vector }) => determineIntent(nearest(vector, others)).name === intent);
    expect(shareOf(found)).toBeGreaterThanOrEqual(0.75);
  });
});

describe('the intents of the sample workspace, read by the trained head and the neighbours together', () => {
  let exemplars: readonly Exemplar[] = [];
  let reader: IntentReader;
  const withNeighbours = (text: string) => ({ text, neighbours: nearest(embedLexically(text), exemplars) });
  const decide = (text: string): Intent =>
    decideIntent(reader, { ...withNeighbours(text), clauses: clausesOf(text).map(withNeighbours) });

  beforeAll(async () => {
    const files = await readIntents();
    const texts = files.flatMap((file) => [
      ...file.intents.flatMap(({ name, exemplars: own }) => own.map((text) => ({ intent: name, text }))),
      ...(file.outOfScope ?? []).map((text) => ({ intent: OOS, text })),
    ]);
    exemplars = texts.map((one) => ({ ...one, vector: embedLexically(one.text) }));
    const embeddings = denseOf(exemplars.map(({ vector }) => vector));
    reader = createIntentReader(fitIntentModel({ exemplars: texts, embeddings }).model);
  }, 60_000);

  it('are found for nineteen of twenty messages nobody has written down', () => {
    const cases = Object.entries(HELD_OUT).flatMap(([intent, texts]) => texts.map((text) => ({ intent, text })));
    expect(shareOf(cases.map(({ text, intent }) => decide(text).name === intent))).toBeGreaterThanOrEqual(0.95);
  });

  it('are not found for four of five messages that want none of them', () => {
    expect(shareOf(OUT_OF_SCOPE.map((text) => decide(text).name === UNCLEAR))).toBeGreaterThanOrEqual(0.8);
    expect(reader.model.names).not.toContain(OOS);
  });

  it.each(['what is the price of bitcoin?', 'how long do tortoises live', 'what does a taxi to the airport cost'])(
    'are not found in "%s", for all its familiar words',
    (text) => {
      expect(decide(text).name).toBe(UNCLEAR);
    },
  );

  it.each([
    ['please cancel my membership, and what do I still have to pay?', 'cancel-membership'],
    ['how long is the breathwork course and what does it cost?', 'price'],
  ])('are all listed of "%s"', (text, wanted) => {
    const intent = decide(text);
    expect([intent.name, ...(intent.others ?? []).map(({ name }) => name)]).toContain(wanted);
    expect(intent.others?.length).toBeGreaterThan(0);
  });

  it.each([
    'I have been a member since May and I love the live practice. Can I pause?',
    'I paid by bank transfer last week. How long does that take?',
    'I bought the foundation programme. How do I get my money back?',
    'The video does not play. I have tried everything. Please help.',
  ])('hold no second wish where the rest is only told: "%s"', (text) => {
    expect(clausesOf(text).length).toBeGreaterThan(1);
    expect(decide(text).others).toBeUndefined();
  });

  it('hold one that is told when it is as good as certain', () => {
    const { name, others = [] } = decide('I was charged twice, and how do I change my email address?');
    expect([name, ...others.map((other) => other.name)].toSorted()).toEqual(['change-details', 'charged-twice']);
  });

  it('are read off the surest question when the whole is less sure than every part', () => {
    const text = 'I am doing the breathwork course at the moment. Where do I find the recordings?';
    expect(decide(text).name).toBe('lesson-access');
  });
});
