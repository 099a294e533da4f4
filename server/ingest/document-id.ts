/** Ids of documents, made from where they stand. Pure: the same place gives the same id on every run. */
import { stampOf } from './source.ts';

/** KnowledgeDocument.id allows 120. */
const LONGEST = 110;
const PREFIX_LONGEST = 40;

/** `Our Help/Über uns.md` below `handbook` → `handbook/our-help/uber-uns`. What letters were lost comes back as a hash. */
export function documentId(prefix: string, name: string): string {
  const plain = name.normalize('NFC').replace(/\.md$/i, '');
  const slug = slugOf(plain);
  const isFaithful = slug === plain.toLowerCase().replaceAll(/[ .]/g, '-') && slug.length + prefix.length < LONGEST;
  const room = LONGEST - prefix.length - 8;
  const tail = isFaithful ? slug : `${slug.slice(0, room)}-${stampOf(plain).slice(0, 6)}`.replace(/^-/, '');
  return `${prefix}/${tail}`;
}

/** The first part of all ids of a source: small letters, digits and `-`. */
export function prefixOf(name: string): string {
  return slugOf(name).replaceAll('/', '-').slice(0, PREFIX_LONGEST).replace(/-+$/, '') || 'source';
}

function slugOf(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9/_]+/g, '-')
    .split('/')
    .map((part) => part.replace(/^[-_]+/, '').replace(/-+$/, ''))
    .filter((part) => part !== '')
    .join('/');
}
