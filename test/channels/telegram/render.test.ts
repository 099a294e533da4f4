/** What Telegram shows of each block, and how blocks share messages. */
import { describe, expect, it } from 'vitest';
import { channelRooms } from '../../../channels/registry.ts';
import { renderTelegram } from '../../../channels/telegram/render.ts';
import type { Block } from '../../../core/block.ts';
import { blockOfEachKind, replyOf, rootOf } from '../support.ts';

const { profile } = channelRooms.telegram;
const render = (...blocks: Block[]) => renderTelegram(replyOf(...blocks), profile);
const textsOf = (...blocks: Block[]) => render(...blocks).parts.map((part) => part.text);
const text = (words: string): Block => ({ kind: 'text', text: words });

describe('each block', () => {
  it('text', () => {
    const { parts, losses } = render(blockOfEachKind.text);
    expect(parts[0]?.text).toMatchInlineSnapshot(`
      "Breathwork

      A gentle eight-week course with one session & two <b>three</b>.

      ☑ start
      • breathe
        1. in
        2. out

      Slowly.
      Really.

      breathe(4);

      week  what
      1     in
      2     out

      See the page or a lung."
    `);
    expect(parts[0]?.payload['entities']).toMatchInlineSnapshot(`
      [
        {
          "length": 10,
          "offset": 0,
          "type": "bold",
        },
        {
          "length": 6,
          "offset": 14,
          "type": "italic",
        },
        {
          "length": 10,
          "offset": 21,
          "type": "bold",
        },
        {
          "length": 3,
          "offset": 44,
          "type": "code",
        },
        {
          "length": 3,
          "offset": 58,
          "type": "strikethrough",
        },
        {
          "length": 15,
          "offset": 113,
          "type": "blockquote",
        },
        {
          "language": "js",
          "length": 11,
          "offset": 130,
          "type": "pre",
        },
        {
          "length": 29,
          "offset": 143,
          "type": "pre",
        },
        {
          "length": 8,
          "offset": 178,
          "type": "text_link",
          "url": "https://school.example/breath?a=1&b=2",
        },
        {
          "length": 6,
          "offset": 190,
          "type": "text_link",
          "url": "https://school.example/lung.png",
        },
      ]
    `);
    expect(losses).toMatchInlineSnapshot(`
      [
        {
          "became": "link",
          "block": "text",
          "what": "media",
        },
        {
          "became": "fixed width",
          "block": "text",
          "what": "table",
        },
        {
          "became": "bold line",
          "block": "text",
          "what": "formatting",
        },
      ]
    `);
  });
  it('choices', () =>
    expect(render(blockOfEachKind.choices)).toMatchInlineSnapshot(`
    {
      "losses": [],
      "parts": [
        {
          "payload": {
            "reply_markup": {
              "inline_keyboard": [
                [
                  {
                    "callback_data": "c:01",
                    "text": "Breathwork <1>",
                  },
                ],
                [
                  {
                    "callback_data": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
                    "text": "Foundation",
                  },
                ],
              ],
            },
            "text": "Which one?",
          },
          "text": "Which one?",
        },
      ],
    }
  `));
  it('link', () =>
    expect(render(text('Ready?'), blockOfEachKind.link)).toMatchInlineSnapshot(`
    {
      "losses": [],
      "parts": [
        {
          "payload": {
            "reply_markup": {
              "inline_keyboard": [
                [
                  {
                    "text": "Enrol",
                    "url": "https://school.example/enrol?x=1&y=2",
                  },
                ],
              ],
            },
            "text": "Ready?",
          },
          "text": "Ready?",
        },
      ],
    }
  `));
  it('card', () =>
    expect(render(blockOfEachKind.card)).toMatchInlineSnapshot(`
      {
        "losses": [
          {
            "became": "text",
            "block": "card",
            "what": "card",
          },
        ],
        "parts": [
          {
            "payload": {
              "entities": [
                {
                  "length": 10,
                  "offset": 0,
                  "type": "bold",
                },
              ],
              "reply_markup": {
                "inline_keyboard": [
                  [
                    {
                      "callback_data": "hold:1",
                      "text": "Hold a place",
                    },
                  ],
                  [
                    {
                      "text": "Read more",
                      "url": "https://school.example/foundation",
                    },
                  ],
                ],
              },
              "text": "Foundation

      Twelve weeks, 480 euro.",
            },
            "text": "Foundation

      Twelve weeks, 480 euro.",
          },
        ],
      }
    `));
  it('media', () =>
    expect(render(blockOfEachKind.media)).toMatchInlineSnapshot(`
    {
      "losses": [
        {
          "became": "link",
          "block": "media",
          "what": "media",
        },
      ],
      "parts": [
        {
          "payload": {
            "entities": [
              {
                "length": 6,
                "offset": 0,
                "type": "text_link",
                "url": "https://school.example/lung.png",
              },
            ],
            "text": "A lung",
          },
          "text": "A lung",
        },
      ],
    }
  `));
  it('form', () =>
    expect(render(blockOfEachKind.form)).toMatchInlineSnapshot(`
    {
      "losses": [
        {
          "became": "lines",
          "block": "form",
          "what": "form",
        },
      ],
      "parts": [
        {
          "payload": {
            "text": "Your name",
          },
          "text": "Your name",
        },
      ],
    }
  `));
  it('table', () =>
    expect(render(blockOfEachKind.table)).toMatchInlineSnapshot(`
    {
      "losses": [
        {
          "became": "fixed width",
          "block": "table",
          "what": "table",
        },
      ],
      "parts": [
        {
          "payload": {
            "entities": [
              {
                "length": 29,
                "offset": 0,
                "type": "pre",
              },
            ],
            "text": "week  what
    1     in
    2     out",
          },
          "text": "week  what
    1     in
    2     out",
        },
      ],
    }
  `));
  it('citation', () =>
    expect(render(blockOfEachKind.citation)).toMatchInlineSnapshot(`
    {
      "losses": [],
      "parts": [
        {
          "payload": {
            "entities": [
              {
                "length": 19,
                "offset": 8,
                "type": "text_link",
                "url": "https://school.example/help/1",
              },
            ],
            "text": "Source: How the course runs",
          },
          "text": "Source: How the course runs",
        },
      ],
    }
  `));
});

describe('messages', () => {
  const { choices, card, citation } = blockOfEachKind;

  it('gather words until buttons close one', () => {
    expect(textsOf(text('One.'), text('Two.'), choices, citation, text('Three.'))).toEqual([
      'One.\n\nTwo.\n\nWhich one?\n\nSource: How the course runs',
      'Three.',
    ]);
  });

  it('are one per card, so that each has its own buttons', () => {
    expect(textsOf(text('Two offers:'), card, card, citation)).toEqual([
      'Two offers:',
      'Foundation\n\nTwelve weeks, 480 euro.',
      'Foundation\n\nTwelve weeks, 480 euro.',
      'Source: How the course runs',
    ]);
  });

  it('hang the buttons on the last piece of a long text', () => {
    const { parts } = render(text('word '.repeat(1500)), choices);
    expect(parts.length).toBe(2);
    expect(parts.map((part) => 'reply_markup' in part.payload)).toEqual([false, true]);
  });

  it('name the options where there is nothing else to say', () => {
    expect(textsOf({ ...choices, prompt: ' ' })).toEqual(['1. Breathwork <1>\n2. Foundation']);
    expect(textsOf(text('  '))).toEqual([]);
  });

  it('spell out addresses that Telegram would refuse the whole message for', () => {
    const link = { kind: 'link', label: 'Enrol', url: 'http://localhost:3000/go/x' } as const;
    expect(render(text('Ready?'), link).parts).toEqual([
      {
        text: 'Ready?\n\nEnrol (http://localhost:3000/go/x)',
        payload: { text: 'Ready?\n\nEnrol (http://localhost:3000/go/x)' },
      },
    ]);
    const inText = { kind: 'text', text: 'go there', root: rootOf('[go](http://localhost/x) there') } as const;
    expect(textsOf(inText)).toEqual(['go (http://localhost/x) there']);
  });

  it('take the words of a text without mdast as they are', () => {
    expect(render(text('2*3*4 _x_ [y](z)')).parts).toEqual([
      { text: '2*3*4 _x_ [y](z)', payload: { text: '2*3*4 _x_ [y](z)' } },
    ]);
  });
});
