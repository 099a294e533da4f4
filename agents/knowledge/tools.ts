/** What the knowledge agent may read: passages and whole documents, already filtered by what this thread may hear. */
import { z } from 'zod';
import { type AgentContext, type AgentPorts, defineTool, type Tool } from '../agent.ts';
import { type NumberedPassage, shownPassages } from '../citations.ts';

const SearchArguments = z.strictObject({
  query: z.string().min(1).max(200).describe('A few words or a question, in the language of the conversation.'),
});
const OpenArguments = z.strictObject({
  document: z.string().min(1).max(120).describe('The id of a document: the part of a passage id before the "#".'),
});

/** Results are numbered on from the recalled passages, so that a number means one passage in the whole turn. */
export function knowledgeTools(ports: AgentPorts, context: AgentContext): readonly Tool[] {
  let last = shownPassages(context).length;
  const number = (passage: Omit<NumberedPassage, 'n'>): NumberedPassage => {
    last += 1;
    const { id, title, headings, text, language, url, similarity } = passage;
    const parts = passage.parts ? { parts: passage.parts } : {};
    return {
      n: last,
      id,
      title,
      headings,
      text,
      language,
      url,
      similarity: Math.round(similarity * 1000) / 1000,
      ...parts,
    };
  };
  return [
    defineTool({
      name: 'search_knowledge',
      description:
        "Finds passages of the organisation's own pages. Use it when the passages you already have do not hold the answer. Returns numbered passages; cite them as [n].",
      effect: 'reads',
      audience: 'public',
      needsApproval: false,
      arguments: SearchArguments,
      run: async ({ query }) => (await ports.searchKnowledge(query)).map(number),
    }),
    defineTool({
      name: 'open_document',
      description:
        'Reads one whole page of which you have a passage, when the passage breaks off before the answer. Returns it numbered; cite it as [n]. Null: there is no such page here.',
      effect: 'reads',
      audience: 'public',
      needsApproval: false,
      arguments: OpenArguments,
      run: async ({ document }) => {
        const found = await ports.openDocument(document.replace(/#\d+$/, ''));
        if (!found) return null;
        const { id, title, language, url = null, body } = found;
        return number({ id, title, headings: [], text: body, language, url, similarity: 1 });
      },
    }),
  ];
}
