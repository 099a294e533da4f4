/** Puts the pieces of one streamed model answer together: words, tool calls, token counts. */
import type { AIMessageChunk, UsageMetadata } from '@langchain/core/messages';
import { modelGarbage } from './failure.ts';

/** A tool call the model asked for. `input` is parsed JSON, or the broken text itself. */
export type AskedToolCall = { readonly id: string; readonly name: string; readonly input: unknown };

export type ModelAnswer = {
  readonly text: string;
  readonly toolCalls: readonly AskedToolCall[];
  readonly inputTokens: number;
  readonly outputTokens: number;
};

export type Assembly = {
  /** Takes one piece and returns its words. Throws PermanentError('model_garbage') when the answer grows too long. */
  readonly add: (chunk: AIMessageChunk) => string;
  /** Throws PermanentError('model_garbage') when an OpenAI-compatible stream ended without saying that it is finished. */
  readonly finish: () => ModelAnswer;
  readonly soFar: () => ModelAnswer;
  /** No words but white space, and no tool call. */
  readonly isEmpty: () => boolean;
};

/** Characters of words and tool arguments; nobody reads more, and a runaway answer costs memory and money. */
const MAX_CHARACTERS = 32_000;

type Piece = { id: string; name: string; json: string };

/** The chunks are joined by hand: LangChain's `concat` parses the tool arguments again with every chunk. */
export function createAssembly(model: string): Assembly {
  let text = '';
  let characters = 0;
  let isFinished = false;
  let mustFinish = false;
  let inputTokens = 0;
  let outputTokens = 0;
  const pieces: { readonly index: number | undefined; readonly piece: Piece }[] = [];
  const soFar = (): ModelAnswer => ({ text, toolCalls: pieces.map(toCall), inputTokens, outputTokens });
  return {
    soFar,
    isEmpty: () => pieces.length === 0 && text.trim() === '',
    add: (chunk) => {
      const words = chunk.text;
      text += words;
      for (const part of chunk.tool_call_chunks ?? []) addPart(pieces, part);
      const grown = (chunk.tool_call_chunks ?? []).reduce((sum, part) => sum + (part.args?.length ?? 0), words.length);
      characters += grown;
      if (characters > MAX_CHARACTERS) throw modelGarbage(model, `wrote more than ${MAX_CHARACTERS} characters`);
      mustFinish ||= chunk.response_metadata['model_provider'] === 'openai';
      isFinished ||= typeof chunk.response_metadata['finish_reason'] === 'string';
      const used = tokensOf(chunk.usage_metadata);
      inputTokens = Math.max(inputTokens, used.input);
      outputTokens = Math.max(outputTokens, used.output);
      return words;
    },
    finish: () => {
      if (mustFinish && !isFinished) throw modelGarbage(model, 'stopped in the middle of its answer');
      return soFar();
    },
  };
}

/** Most servers count once at the end, some with every chunk; the largest figure is the whole. */
function tokensOf(usage: UsageMetadata | undefined): { readonly input: number; readonly output: number } {
  return { input: usage?.input_tokens ?? 0, output: usage?.output_tokens ?? 0 };
}

type Part = {
  readonly index?: number | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly args?: string | undefined;
};

/** Pieces of one call share an index. Some servers give every call index 0; then a new id starts a new call. */
function addPart(pieces: { readonly index: number | undefined; readonly piece: Piece }[], part: Part): void {
  const open = pieces.findLast((entry) => entry.index === part.index)?.piece;
  if (open && (!part.id || open.id === '' || open.id === part.id)) {
    open.id ||= part.id ?? '';
    open.name ||= part.name ?? '';
    open.json += part.args ?? '';
    return;
  }
  pieces.push({ index: part.index, piece: { id: part.id ?? '', name: part.name ?? '', json: part.args ?? '' } });
}

function toCall({ piece }: { readonly piece: Piece }, position: number): AskedToolCall {
  return { id: piece.id || `call_${position}`, name: piece.name, input: parseArguments(piece.json) };
}

function parseArguments(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
