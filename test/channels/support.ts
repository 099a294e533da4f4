/** What the channel tests share: settings of a fictional school, ports, replies, recorded payloads. */
import { readFileSync } from 'node:fs';
import type { Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import type { ChannelPorts, Target, WebhookRequest } from '../../channels/channel.ts';
import type { Block } from '../../core/block.ts';
import { DeliveryId } from '../../core/ids.ts';
import type { ReplyRecord } from '../../core/reply.ts';

/** The tests' now: 1 November 2026, 08:00 UTC. */
export const now = Date.parse('2026-11-01T08:00:00Z');
export const receivedAt = new Date(now).toISOString();

/** Settings by channel, each with the setting its proof rests on. */
export const settingsOf = {
  web: { secret: 'a-visitor-secret-of-32-characters' },
  telegram: { token: '7000000001:AAExampleExampleExampleExample', webhookSecret: 'hook-Secret_42' },
  facebook: { appSecret: 'app-secret-example', verifyToken: 'verify-example', pageToken: 'EAAExampleToken' },
  buddyboss: { url: 'https://community.example/', secret: 'whsec_dGhlLXNlY3JldC1vZi10aGUtcGx1Z2luLTEyMw==' },
} as const;

export const secretSettingOf = {
  web: 'secret',
  telegram: 'webhookSecret',
  facebook: 'appSecret',
  buddyboss: 'secret',
} as const;

export type Warnings = string[];

/** Real fetch for the fakes on loopback, a clock that stands still. */
export function testPorts({
  warnings = [],
  sendTimeoutMs = 2000,
}: {
  readonly warnings?: Warnings;
  readonly sendTimeoutMs?: number;
} = {}): ChannelPorts {
  return { fetch, clock: () => now, sendTimeoutMs, warn: (message) => warnings.push(message) };
}

export function replyOf(...blocks: Block[]): ReplyRecord {
  return { agent: 'knowledge', messageClass: 'answer', blocks, citations: [] };
}

export function targetOf(target: Partial<Target> & Pick<Target, 'threadKey'>): Target {
  const id = DeliveryId.parse('01939f6e-0000-7000-8000-000000000001.0');
  return { id, address: '412', replyTo: null, sequence: 1, position: 0, ...target };
}

/** A recorded payload, as the bytes that came. */
export function fixture(path: string): string {
  return readFileSync(new URL(`../fixtures/${path}.json`, import.meta.url), 'utf8');
}

type Tree = { [key: string]: Tree };

/** A recorded payload with the values at dotted paths replaced; undefined takes one away. */
export function recorded(
  path: string,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const payload = JSON.parse(fixture(path)) as Tree;
  for (const [place, value] of Object.entries(changes)) {
    const steps = place.split('.');
    const last = steps.pop() ?? '';
    const parent = steps.reduce((tree, step) => tree[step] ?? {}, payload);
    parent[last] = value as Tree;
  }
  return payload;
}

export function postOf(rawBody: string, headers: WebhookRequest['headers'] = {}): WebhookRequest {
  return { method: 'POST', headers, query: {}, rawBody };
}

/** Markdown as the compose step parses it. */
export function rootOf(markdown: string): Root {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

const markdown = [
  '# Breathwork',
  'A *gentle* **eight-week** course with `one` session & ~~two~~ <b>three</b>.',
  '- [x] start\n- breathe\n  1. in\n  2. out',
  '> Slowly.\n> Really.',
  '```js\nbreathe(4);\n```',
  '| week | what |\n| - | - |\n| 1 | in |\n| 2 | out |',
  'See [the page](https://school.example/breath?a=1&b=2) or ![a lung](https://school.example/lung.png).',
].join('\n\n');
const plain = 'Breathwork. A gentle eight-week course.';

/** One of each kind; `satisfies` makes a new kind of block a type error here. */
export const blockOfEachKind = {
  text: { kind: 'text', text: plain, root: rootOf(markdown) },
  choices: {
    kind: 'choices',
    prompt: 'Which one?',
    options: [
      { label: 'Breathwork <1>', token: 'c:01' },
      { label: 'Foundation', token: 'c'.repeat(64) },
    ],
  },
  link: { kind: 'link', label: 'Enrol', url: 'https://school.example/enrol?x=1&y=2' },
  card: {
    kind: 'card',
    title: 'Foundation',
    body: 'Twelve weeks, 480 euro.',
    options: [{ label: 'Hold a place', token: 'hold:1' }],
    link: { label: 'Read more', url: 'https://school.example/foundation' },
  },
  media: { kind: 'media', media: 'image', url: 'https://school.example/lung.png', alt: 'A lung' },
  form: { kind: 'form', form: 'call-back', fields: [{ name: 'name', label: 'Your name', type: 'text' }] },
  table: {
    kind: 'table',
    header: ['week', 'what'],
    rows: [
      ['1', 'in'],
      ['2', 'out'],
    ],
  },
  citation: { kind: 'citation', passage: 'p1', label: 'How the course runs', url: 'https://school.example/help/1' },
} satisfies { readonly [Kind in Block['kind']]: Extract<Block, { kind: Kind }> };
