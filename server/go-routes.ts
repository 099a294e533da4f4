/** `/go/<token>`: where a call to action leads. Nothing of the request says where to; only people count, not what looks ahead. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { startAddress } from '../core/channel-address.ts';
import type { Call, CallRefusal } from '../memory/calls.ts';
import { continuePage, type GoPage, refusalPage } from './go-page.ts';
import type { HttpParts } from './http-parts.ts';
import { looksAhead } from './looks-ahead.ts';

export function goRoutes(router: Router, parts: HttpParts): void {
  router.get('/go/:token', (context) => show(context, parts));
  router.post('/go/:token', (context) => press(context, parts));
}

/** HEAD comes here, too; it is answered like GET, and counts as nothing. */
async function show(context: Context, parts: HttpParts): Promise<void> {
  const found = await find(context, parts);
  if (!found) return;
  const { call, token } = found;
  if (call.purpose === 'continue') {
    answer(context, {
      status: 200,
      html: continuePage(pageOf(context, parts), call.label),
      to: startAddress(call.url, token),
    });
    return;
  }
  if (!looksAhead(context)) await parts.platform.memory.calls.click(call.id);
  context.redirect(call.url);
}

async function press(context: Context, parts: HttpParts): Promise<void> {
  const found = await find(context, parts);
  if (!found) return;
  const { call, token } = found;
  if (!looksAhead(context)) await parts.platform.memory.calls.click(call.id);
  context.redirect(startAddress(call.url, token) ?? call.url);
  // The next request is a GET whatever this one was.
  context.status = 303;
}

type Found = { readonly call: Call; readonly token: string };

/** The call behind the token; otherwise a page that says why not, which is counted. */
async function find(context: Context, parts: HttpParts): Promise<Found | null> {
  const { platform, config } = parts;
  context.set('cache-control', 'no-store');
  const token = (context as Context & { readonly params?: Record<string, string> }).params?.['token'] ?? '';
  const id = platform.callTokens.read(token);
  const call = id === null ? null : await platform.memory.calls.get(id);
  const reason = refusalOf(id, call) ?? hostRefusal(call, { platform, config });
  if (call && reason === null) return { call, token };
  if (!looksAhead(context)) await platform.memory.calls.refuse(call?.id ?? null, reason ?? 'gone');
  const status = reason === 'used' || reason === 'expired' ? 410 : 404;
  answer(context, { status, html: refusalPage(pageOf(context, parts), reason ?? 'gone'), to: null });
  return null;
}

function refusalOf(id: string | null, call: Call | null): CallRefusal | null {
  if (id === null) return 'altered';
  if (call === null) return 'gone';
  if (call.isExpired) return 'expired';
  return call.isUsed ? 'used' : null;
}

/** What the workspace allowed when it was shown may be forbidden by now. */
function hostRefusal(call: Call | null, { platform }: Pick<HttpParts, 'platform' | 'config'>): CallRefusal | null {
  if (call === null) return null;
  const { hostname } = new URL(call.url);
  const { allowedHosts } = platform.workspace.organisation;
  return allowedHosts.some((host) => hostname === host || hostname.endsWith(`.${host}`)) ? null : 'gone';
}

function pageOf(context: Context, { platform }: HttpParts): GoPage {
  const { name, locales } = platform.workspace.organisation;
  return { school: name, locale: context.acceptsLanguages([...locales]) || (locales[0] ?? 'en') };
}

type Answer = { readonly status: number; readonly html: string; readonly to: string | null };

/** A form's answer may only lead where its button says; nobody puts the page into a frame. */
function answer(context: Context, { status, html, to }: Answer): void {
  const targets = to === null ? "'none'" : `'self' ${new URL(to).origin}`;
  context.status = status;
  context.type = 'html';
  context.set(
    'content-security-policy',
    `default-src 'none'; style-src 'unsafe-inline'; form-action ${targets}; frame-ancestors 'none'; base-uri 'none'`,
  );
  context.body = html;
}
