/** Somebody brings a token to a channel (`/start <token>`): it is used before the turn, and only its own words are answered. */
import type { Localised } from '../core/localised.ts';
import { phrase } from '../core/workspace.ts';
import type { TurnPorts } from '../graph/state.ts';
import { welcome } from '../graph/welcome.ts';
import type { Redeemed } from '../memory/calls.ts';
import type { Burst } from '../memory/inbox.ts';
import type { TurnCommit } from '../memory/turns.ts';
import { type CallTokens, looksLikeToken } from './call-token.ts';
import { refusalText } from './go-page.ts';

const WORDS: Readonly<Record<'linked' | 'blocked' | 'private', Localised>> = {
  linked: {
    en: 'Welcome. We go on here where we stopped: I know what we talked about.',
    de: 'Willkommen. Wir machen hier da weiter, wo wir aufgehört haben: Ich weiß, worüber wir gesprochen haben.',
    es: 'Te damos la bienvenida. Seguimos aquí donde lo dejamos: sé de qué hablamos.',
  },
  blocked: {
    en: 'Welcome. I could not connect this chat with the other one by myself; our team looks at it. You can ask me anything here meanwhile.',
    de: 'Willkommen. Ich konnte diesen Chat nicht von selbst mit dem anderen verbinden; unser Team sieht es sich an. Frag mich hier inzwischen, was du möchtest.',
    es: 'Te damos la bienvenida. No he podido conectar este chat con el otro por mi cuenta; nuestro equipo lo revisará. Mientras tanto, pregúntame aquí lo que quieras.',
  },
  private: {
    en: 'This link works in a private chat with me only. Open it there.',
    de: 'Dieser Link gilt nur in einem privaten Chat mit mir. Öffne ihn dort.',
    es: 'Este enlace solo sirve en un chat privado conmigo. Ábrelo allí.',
  },
};

export type StartParts = { readonly ports: TurnPorts; readonly tokens: CallTokens };

export type Started =
  /** Nothing else was said. */
  | { readonly kind: 'turn'; readonly commit: TurnCommit }
  /** What else was said, to be answered as ever; the token's own message says nothing any more. */
  | { readonly kind: 'burst'; readonly burst: Burst };

/**
 * Uses the tokens of a burst up; without one the burst is given back. Linking takes the lane away from the running turn: its
 * commit fails, it runs again on the new person, and is told the same.
 */
export async function takeStart(burst: Burst, { ports, tokens }: StartParts): Promise<Started> {
  const token = burst.events.map(({ event }) => tokenOf(event)).findLast((one) => one !== null) ?? null;
  if (token === null) return { kind: 'burst', burst };
  const { handle, thread, turn } = burst;
  const call = tokens.read(token);
  if (call === null) await ports.memory.calls.refuse(null, 'altered');
  const redeemed: Redeemed =
    call === null
      ? { kind: 'refused', reason: 'altered' }
      : await ports.memory.calls.redeem(call, { handle, thread, turn });
  const others = burst.events.map(({ id, event }) => ({
    id,
    event: tokenOf(event) === null ? event : silenced(event),
  }));
  if (burst.events.some(({ event }) => tokenOf(event) === null))
    return { kind: 'burst', burst: { ...burst, events: others } };
  const isLinked = redeemed.kind === 'linked' || redeemed.kind === 'known';
  const text = (locale: string): string => wordsOf(redeemed, locale);
  return { kind: 'turn', commit: await welcome(ports, { ...burst, events: others }, { text, isLinked }) };
}

type Event = Burst['events'][number]['event'];

/** Only what a channel itself knows as a start; words that look like one are words. */
function tokenOf(event: Event): string | null {
  if (event.kind !== 'message' || event.command?.name !== 'start') return null;
  return looksLikeToken(event.command.argument) ? event.command.argument : null;
}

/** A token is no words, and has no place in a trace. */
function silenced(event: Event): Event {
  return event.kind === 'message' ? { ...event, text: '', command: { name: 'start', argument: '' } } : event;
}

function wordsOf(redeemed: Redeemed, locale: string): string {
  switch (redeemed.kind) {
    case 'linked':
    case 'known':
      return phrase(WORDS.linked, locale);
    case 'blocked':
    case 'proposed':
      return phrase(WORDS.blocked, locale);
    case 'refused':
      return redeemed.reason === 'not_private' ? phrase(WORDS.private, locale) : refusalText(redeemed.reason, locale);
  }
}
