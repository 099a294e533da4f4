/** Tools as a chat model wants them bound: name, description, and the arguments' zod schema as JSON Schema. */
import type { ToolDefinition } from '@langchain/core/language_models/base';
import { z } from 'zod';
import type { Tool } from './agent.ts';

/** Rooms keep their schemas in constants, so each is converted once in the life of the process. */
const converted = new WeakMap<z.ZodType, Readonly<Record<string, unknown>>>();

/** The JSON Schema of a tool's arguments: always an object. */
export function argumentsSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const known = converted.get(schema);
  if (known) return known;
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input' });
  converted.set(schema, json);
  return json;
}

/** The definitions to bind, in the order of the tools. */
export function toolDefinitions(tools: readonly Tool[]): ToolDefinition[] {
  return tools.map((tool) => ({
    type: 'function',
    function: { name: tool.name, description: tool.description, parameters: argumentsSchema(tool.arguments) },
  }));
}
