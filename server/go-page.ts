/** The pages behind `/go/`: a button for whoever means it, and a clear word for a link that does nothing. */
import type { Localised } from '../core/localised.ts';
import { phrase } from '../core/workspace.ts';
import type { CallRefusal } from '../memory/calls.ts';

const CONTINUE = {
  title: { en: 'Go on with {school}', de: 'Weiter mit {school}', es: 'Seguir con {school}' },
  text: {
    en: 'The conversation goes on where it stopped, as yours. Only go on if this link was sent to you.',
    de: 'Das Gespräch geht dort weiter, wo es aufgehört hat, und zwar als deines. Geh nur weiter, wenn dieser Link für dich bestimmt war.',
    es: 'La conversación sigue donde quedó, como tuya. Sigue solo si este enlace era para ti.',
  },
} satisfies Record<string, Localised>;

const REFUSED: Readonly<Record<'used' | 'expired' | 'unknown', Localised>> = {
  used: {
    en: 'This link has been used. It works once; ask for a new one where you got it.',
    de: 'Dieser Link wurde schon benutzt. Er gilt einmal; bitte dort um einen neuen, wo du ihn bekommen hast.',
    es: 'Este enlace ya se ha usado. Sirve una sola vez; pide otro donde lo recibiste.',
  },
  expired: {
    en: 'This link has expired. Ask for a new one where you got it.',
    de: 'Dieser Link ist abgelaufen. Bitte dort um einen neuen, wo du ihn bekommen hast.',
    es: 'Este enlace ha caducado. Pide otro donde lo recibiste.',
  },
  unknown: {
    en: 'This link leads nowhere. It may have been cut off or changed on its way; ask for a new one where you got it.',
    de: 'Dieser Link führt nirgendwohin. Vielleicht wurde er unterwegs abgeschnitten oder verändert; bitte dort um einen neuen, wo du ihn bekommen hast.',
    es: 'Este enlace no lleva a ninguna parte. Puede que se cortara o cambiara por el camino; pide otro donde lo recibiste.',
  },
};

/** What a person is told of a token that does nothing, on a page and in a chat alike. */
export function refusalText(reason: CallRefusal, locale: string): string {
  const known = reason === 'used' || reason === 'expired' ? reason : 'unknown';
  return phrase(REFUSED[known], locale);
}

export type GoPage = { readonly locale: string; readonly school: string };

/** A button that posts: what only looks at a link presses nothing. */
export function continuePage({ locale, school }: GoPage, label: string): string {
  const text = `<p>${escaped(phrase(CONTINUE.text, locale))}</p><form method="post"><button>${escaped(label)}</button></form>`;
  return page({ locale, title: phrase(CONTINUE.title, locale, { school }), body: text });
}

export function refusalPage({ locale, school }: GoPage, reason: CallRefusal): string {
  return page({ locale, title: school, body: `<p>${escaped(refusalText(reason, locale))}</p>` });
}

type Parts = { readonly locale: string; readonly title: string; readonly body: string };

const STYLE =
  'body{font:17px/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em}button{font:inherit;padding:.6em 1.2em}';

function page({ locale, title, body }: Parts): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">`;
  return `<!doctype html><html lang="${escaped(locale)}"><head>${head}<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main><h1>${escaped(title)}</h1>${body}</main></body></html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
