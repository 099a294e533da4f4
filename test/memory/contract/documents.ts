/** What every memory of documents keeps: a source is changed document by document, and never touches another. */
import { describe, expect, it } from 'vitest';
import { embedLexically } from '../../../core/embedding.ts';
import type { KnowledgeDocument } from '../../../core/knowledge.ts';
import { splitDocument } from '../../../core/split-document.ts';
import type { DocumentToSave } from '../../../memory/documents.ts';
import { countRows, failsWith, type OpenStore, rows } from '../support.ts';

function documentOf(id: string, body: string, more: Partial<KnowledgeDocument> = {}): KnowledgeDocument {
  return { id, title: `Title of ${id}`, audience: 'public', language: 'en', body, ...more };
}

function toSave(document: KnowledgeDocument, hash = 'one'): DocumentToSave {
  const passages = splitDocument(document).map((cut) => ({ ...cut, embedding: embedLexically(cut.text) }));
  return { hash, document, passages };
}

export function describeDocuments(open: OpenStore): void {
  const documents = () => open().memory.documents;
  const passagesOf = (id: string) =>
    rows<{ text: string; audience: string }>(
      open(),
      'select text, audience from passages where document_id = $1 order by position',
      [id],
    );

  it('know how long a vector is', async () => {
    expect(await documents().dimensions()).toBe(512);
  });

  it('forget the vectors of another embedder, and say whose passages have none', async () => {
    const source = 'embedder';
    await documents().useEmbedder('first');
    await documents().save({ source, documents: [toSave(documentOf('embedder/a', 'Lantern words.'))] });
    expect(await documents().useEmbedder('first')).toBe(0);
    expect(await documents().withoutVectors('first')).not.toContainEqual({ source, passages: 1 });
    expect(await documents().embedder()).toBe('first');
    expect(await documents().withoutVectors('second')).toContainEqual({ source, passages: 1 });
    expect((await documents().hashes(source)).get('embedder/a')).not.toBe('');
    expect(await documents().useEmbedder('second')).toBeGreaterThan(0);
    // Whoever comes back to the first one must not find that nothing is to be done.
    expect((await documents().hashes(source)).get('embedder/a')).toBe('');
    expect(await documents().withoutVectors('second')).toContainEqual({ source, passages: 1 });
    await documents().save({ source, documents: [toSave(documentOf('embedder/a', 'Lantern words.'), 'two')] });
    expect(await documents().withoutVectors('second')).not.toContainEqual({ source, passages: 1 });
  });

  it('are saved with their hash, and replaced with all their passages', async () => {
    const source = 'save';
    const first = documentOf('save/a', '## One\nText.\n## Two\nText.\n## Three\nText.');
    await documents().save({ source, documents: [toSave(first), toSave(documentOf('save/b', 'Other.'))] });
    expect(await documents().hashes(source)).toEqual(
      new Map([
        ['save/a', 'one'],
        ['save/b', 'one'],
      ]),
    );
    const changed = documentOf('save/a', 'Short.', {
      audience: 'operators',
      language: 'de',
      url: 'https://a.example/',
    });
    await documents().save({ source, documents: [toSave(changed, 'two')] });
    expect(await documents().hashes(source)).toEqual(
      new Map([
        ['save/a', 'two'],
        ['save/b', 'one'],
      ]),
    );
    expect(await passagesOf('save/a')).toEqual([{ text: 'Short.', audience: 'operators' }]);
    expect(await passagesOf('save/b')).toHaveLength(1);
  });

  it('give their audience, language and validity to their passages, whatever those say', async () => {
    const document = documentOf('rule/a', 'Text.', {
      audience: 'members',
      language: 'es',
      validFrom: '2026-01-01T00:00:00.000Z',
      validUntil: '2026-12-31T23:59:59.999Z',
    });
    const { hash, passages } = toSave(document);
    const claimed = passages.map((passage) => ({ ...passage, audience: 'public' as const, language: 'en' }));
    await documents().save({ source: 'rule', documents: [{ hash, document, passages: claimed }] });
    const found = await rows(
      open(),
      'select audience, language, valid_from, valid_until from passages where document_id = $1',
      ['rule/a'],
    );
    expect(found).toEqual([
      {
        audience: 'members',
        language: 'es',
        valid_from: new Date('2026-01-01T00:00:00.000Z'),
        valid_until: new Date('2026-12-31T23:59:59.999Z'),
      },
    ]);
  });

  it('take many passages in one transaction', async () => {
    const body = Array.from({ length: 100 }, (_, index) => `## Part ${index}\nText ${index}.`).join('\n');
    await documents().save({ source: 'many', documents: [toSave(documentOf('many/a', body))] });
    expect((await passagesOf('many/a')).map(({ text }) => text).slice(98)).toEqual(['Text 98.', 'Text 99.']);
  });

  it('of another source are neither taken over nor removed', async () => {
    await documents().save({ source: 'mine', documents: [toSave(documentOf('shared/a', 'Mine.'))] });
    const theirs = [toSave(documentOf('shared/b', 'Theirs.')), toSave(documentOf('shared/a', 'Theirs.'))];
    await expect(documents().save({ source: 'theirs', documents: theirs })).rejects.toEqual(
      failsWith('PermanentError', 'invalid_content'),
    );
    expect(await documents().hashes('theirs')).toEqual(new Map());
    expect(await passagesOf('shared/a')).toEqual([{ text: 'Mine.', audience: 'public' }]);
    expect(await documents().heldElsewhere('theirs', ['shared/a', 'shared/b'])).toEqual(
      new Map([['shared/a', 'mine']]),
    );
    expect(await documents().heldElsewhere('mine', ['shared/a'])).toEqual(new Map());
    expect(await documents().remove('theirs', ['shared/a'])).toBe(0);
    expect(await documents().remove('mine', ['shared/a', 'shared/unknown'])).toBe(1);
    expect(await passagesOf('shared/a')).toEqual([]);
  });

  it('are all saved or none', async () => {
    const good = toSave(documentOf('whole/a', 'Good.'));
    const bad = toSave(documentOf('whole/b', 'Bad.'));
    const passages = bad.passages.map((passage) => ({ ...passage, document: 'whole/unknown' }));
    const saved = documents().save({ source: 'whole', documents: [good, { ...bad, passages }] });
    await expect(saved).rejects.toThrow();
    expect(await countRows(open(), 'documents where source = $1', ['whole'])).toBe(0);
  });

  it('leave a version behind when their source was read to its end', async () => {
    expect(await documents().version('end')).toBeNull();
    await documents().finish('end', 'a');
    await documents().finish('end', 'b');
    expect(await documents().version('end')).toBe('b');
  });

  describe('with text that no database takes', () => {
    it('are saved without it', async () => {
      const odd = documentOf('odd/a', 'One\u0000 two \ud800 three.');
      await documents().save({ source: 'odd', documents: [toSave(odd)] });
      expect((await passagesOf('odd/a'))[0]?.text).toContain('three.');
    });
  });
}
