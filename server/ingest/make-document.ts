/** A draft becomes a document: with its id, and with what its source says for all. Pure. */
import { InvalidPayloadError } from '../../core/errors.ts';
import { KnowledgeDocument } from '../../core/knowledge.ts';
import { detectLanguage } from '../../core/language.ts';
import type { Draft, Piece } from './draft.ts';
import type { Defaults } from './source.ts';

const FALLBACK_LANGUAGE = 'en';

/** Throws InvalidPayloadError for a piece that is a problem, and for a draft that fits no document. */
export function makeDocument(
  piece: Piece | undefined,
  { id, defaults }: { readonly id: string; readonly defaults: Defaults },
): KnowledgeDocument {
  if (!piece) throw new InvalidPayloadError('malformed', 'holds nothing; take it out of the source');
  if ('problem' in piece)
    throw new InvalidPayloadError(piece.problem.code, piece.problem.message, { path: piece.problem.path });
  const { draft } = piece;
  const parsed = KnowledgeDocument.safeParse({
    ...draft,
    id,
    audience: draft.audience ?? defaults.audience,
    language: languageOf(draft.language) ?? defaults.language ?? detectLanguage(draft.body) ?? FALLBACK_LANGUAGE,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const says = `${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'does not fit'}; correct it in the source`;
  throw new InvalidPayloadError('malformed', says);
}

/** What a stranger wrote about who may read it does not count; its address is where it was found. */
export function fromStranger(piece: Piece, url: string): Piece {
  if ('problem' in piece) return piece;
  const draft: Draft = { ...piece.draft, audience: undefined, url };
  return { ...piece, draft };
}

/** `en-GB` → `en`; undefined for what is no language. */
export function languageOf(text: string | undefined): string | undefined {
  return /^([a-z]{2,3})(?:[-_][a-z0-9]{1,8}){0,3}$/i.exec(text?.trim() ?? '')?.[1]?.toLowerCase();
}
