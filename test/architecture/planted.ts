/** One planted violation of each kind of import rule, and imports that look like one but are allowed. */

export type Planted = {
  /** The rules that must name the import; none: it is allowed. */
  readonly rules: readonly string[];
  readonly from: string;
  readonly source: string;
};

/** Files the planted imports point at. */
export const targets: Readonly<Record<string, string>> = {
  'core/word.ts': "export const word = 'word';\nexport type Word = string;\n",
  'memory/memory.ts': 'export type Memory = { readonly word: string };\n',
  'memory/postgres/rows.ts': 'export const rows = 1;\n',
  'journey/machine.ts': 'export const machine = 1;\n',
  'journey/moves/next.ts': 'export const next = 1;\n',
  'agents/agent.ts': 'export type Agent = { readonly name: string };\n',
  'agents/sales/index.ts':
    "import type { Agent } from '../agent.ts';\nexport const sales: Agent = { name: 'sales' };\n",
  'agents/course/index.ts':
    "import type { Agent } from '../agent.ts';\nexport const course: Agent = { name: 'course' };\n",
  'graph/pipeline.ts': 'export type Pipeline = string;\n',
  // dependency-cruiser names a cycle once, by the file that comes first.
  'graph/hen.ts': "import { egg } from './egg.ts';\nexport const hen = egg;\n",
  'journey/hen.ts': "import type { Egg } from './egg.ts';\nexport type Hen = Egg;\n",
  'console/main.tsx': "export const page = 'page';\n",
  'traces/recorder.ts': 'export type Recorder = string;\n',
  'channels/channel.ts': 'export type Channel = { readonly name: string };\n',
  'channels/web/index.ts':
    "import type { Channel } from '../channel.ts';\nexport const web: Channel = { name: 'web' };\n",
  'channels/render/split.ts': 'export const split = 1;\n',
  'channels/bridge/inbox.ts': 'export const inbox = 1;\n',
  'evals/scorers/exact/index.ts': 'export const exact = 1;\n',
  'server/config.ts': 'export const config = 1;\n',
  'setup/check.ts': 'export const check = 1;\n',
};

export const planted: readonly Planted[] = [
  // Upward and sideways.
  plant('core/upward.ts', "import { rows } from '../memory/postgres/rows.ts';\nexport const a = rows;", [
    'core-reaches-out',
  ]),
  plant('core/upward-type.ts', "import type { Agent } from '../agents/agent.ts';\nexport type A = Agent;", [
    'core-reaches-out',
  ]),
  plant('memory/upward.ts', "import type { Recorder } from '../traces/recorder.ts';\nexport type A = Recorder;", [
    'memory-reaches-out',
  ]),
  plant('journey/to-graph.ts', "import type { Pipeline } from '../graph/pipeline.ts';\nexport type A = Pipeline;", [
    'journey-reaches-out',
  ]),
  plant('channels/to-graph.ts', "import type { Pipeline } from '../graph/pipeline.ts';\nexport type A = Pipeline;", [
    'channels-reaches-out',
  ]),
  plant('traces/to-graph.ts', "import type { Pipeline } from '../graph/pipeline.ts';\nexport type A = Pipeline;", [
    'traces-reaches-out',
  ]),
  plant('agents/to-graph.ts', "import type { Pipeline } from '../graph/pipeline.ts';\nexport type A = Pipeline;", [
    'agents-reaches-out',
  ]),
  plant(
    'graph/steps/to-channels.ts',
    "import type { Channel } from '../../channels/channel.ts';\nexport type A = Channel;",
    ['graph-reaches-out'],
  ),
  plant('evals/to-server.ts', "import { config } from '../server/config.ts';\nexport const a = config;", [
    'evals-reaches-out',
  ]),
  plant('console/to-agents.ts', "import type { Agent } from '../agents/agent.ts';\nexport type A = Agent;", [
    'console-reaches-out',
  ]),
  plant('console/core-value.ts', "import { word } from '../core/word.ts';\nexport const a = word;", [
    'console-more-than-types',
  ]),
  plant('console/core-type.ts', "import type { Word } from '../core/word.ts';\nexport type A = Word;", []),
  plant('server/to-cli.ts', "import { verb } from '../cli/verb.ts';\nexport const a = verb;", ['server-reaches-out']),
  plant('cli/verb.ts', "import { split } from '../channels/render/split.ts';\nexport const verb = split;", []),
  plant('cli/page.ts', "import { page } from '../console/main.tsx';\nexport const a = page;", ['cli-reaches-out']),
  // The implementation instead of the port.
  plant('graph/past-port.ts', "import { rows } from '../memory/postgres/rows.ts';\nexport const a = rows;", [
    'graph-past-contract',
  ]),
  plant('agents/past-port.ts', "import { next } from '../journey/moves/next.ts';\nexport const a = next;", [
    'agents-past-contract',
  ]),
  plant('graph/past-registry.ts', "import { sales } from '../agents/sales/index.ts';\nexport const a = sales;", [
    'graph-past-contract',
  ]),
  plant('evals/past-registry.ts', "import { web } from '../channels/web/index.ts';\nexport const a = web;", [
    'evals-past-contract',
  ]),
  plant('graph/port.ts', "import type { Memory } from '../memory/memory.ts';\nexport type A = Memory;", []),
  plant('evals/rows.ts', "import { rows } from '../memory/postgres/rows.ts';\nexport const a = rows;", []),
  plant('memory/knows-rows.ts', "import { rows } from './postgres/rows.ts';\nexport const a = rows;", [
    'memory-contract-knows-rooms',
  ]),
  // Rooms.
  plant('agents/support/index.ts', "import { sales } from '../sales/index.ts';\nexport const a = sales;", [
    'agents-sibling-rooms',
  ]),
  plant('agents/roster.ts', "import { sales } from './sales/index.ts';\nexport const a = sales;", [
    'agents-contract-knows-rooms',
  ]),
  plant('agents/registry.ts', "import { course } from './course/index.ts';\nexport const agents = [course];", []),
  plant('channels/telegram/index.ts', "import { web } from '../web/index.ts';\nexport const a = web;", [
    'channels-sibling-rooms',
  ]),
  plant('channels/telegram/api.ts', "import { inbox } from '../bridge/inbox.ts';\nexport const a = inbox;", [
    'channels-sibling-rooms',
  ]),
  plant('channels/telegram/render.ts', "import { split } from '../render/split.ts';\nexport const a = split;", []),
  plant('channels/bridge/to-room.ts', "import { web } from '../web/index.ts';\nexport const a = web;", [
    'channels-shared-knows-rooms',
  ]),
  plant('channels/render/to-room.ts', "import { web } from '../web/index.ts';\nexport const a = web;", [
    'channels-shared-knows-rooms',
  ]),
  plant('channels/bridge/contract.ts', "import type { Channel } from '../channel.ts';\nexport type A = Channel;", []),
  plant('channels/roster.ts', "import { inbox } from './bridge/inbox.ts';\nexport const a = inbox;", [
    'channels-contract-knows-rooms',
  ]),
  plant('channels/registry.ts', "import { web } from './web/index.ts';\nexport const channels = [web];", []),
  plant('evals/scorers/close/index.ts', "import { exact } from '../exact/index.ts';\nexport const a = exact;", [
    'evals-scorers-sibling-rooms',
  ]),
  plant('evals/roster.ts', "import { exact } from './scorers/exact/index.ts';\nexport const a = exact;", [
    'evals-scorers-contract-knows-rooms',
  ]),
  plant('evals/registry.ts', "import { exact } from './scorers/exact/index.ts';\nexport const scorers = [exact];", []),
  // Vendors.
  plant('channels/web/webhook.ts', "import Koa from 'koa';\nexport const a = Koa;", ['vendor-koa-away-from-home']),
  plant('cli/router.ts', "import Router from '@koa/router';\nexport const a = Router;", ['vendor-koa-away-from-home']),
  plant('server/queue.ts', "import { Queue } from 'bullmq';\nexport const a = Queue;", ['vendor-queue-away-from-home']),
  plant('memory/redis.ts', "import type { Redis } from 'ioredis';\nexport type A = Redis;", [
    'vendor-queue-away-from-home',
  ]),
  plant('memory/pool.ts', "import type { Pool } from 'pg';\nexport type A = Pool;", ['vendor-postgres-away-from-home']),
  plant('server/embedded.ts', "import { PGlite } from '@electric-sql/pglite';\nexport const a = PGlite;", [
    'vendor-postgres-away-from-home',
  ]),
  plant('agents/sales/tools.ts', "import { StateGraph } from '@langchain/langgraph';\nexport const a = StateGraph;", [
    'vendor-langgraph-away-from-home',
  ]),
  plant('server/turns.ts', "import { HumanMessage } from '@langchain/core/messages';\nexport const a = HumanMessage;", [
    'vendor-langchain-core-away-from-home',
  ]),
  plant('agents/sales/prompt.ts', "import { ChatOpenAI } from '@langchain/openai';\nexport const a = ChatOpenAI;", [
    'vendor-model-provider-away-from-home',
  ]),
  plant('channels/web/api.ts', "import type { Bot } from 'grammy';\nexport type A = Bot;", [
    'vendor-grammy-away-from-home',
  ]),
  plant('graph/machine.ts', "import { setup } from 'xstate';\nexport const a = setup;", [
    'vendor-xstate-away-from-home',
  ]),
  plant('server/settings.ts', "import { parse } from 'yaml';\nexport const a = parse;", ['vendor-yaml-away-from-home']),
  plant('server/workspace-files.ts', "import { parse } from 'yaml';\nexport const a = parse;", []),
  plant('memory/log.ts', "import { pino } from 'pino';\nexport const a = pino;", ['vendor-operations-away-from-home']),
  plant('server/arguments.ts', "import { Command } from 'commander';\nexport const a = Command;", [
    'vendor-commander-away-from-home',
  ]),
  plant(
    'core/markdown.ts',
    "import { fromMarkdown } from 'mdast-util-from-markdown';\nexport const a = fromMarkdown;",
    ['vendor-mdast-away-from-home'],
  ),
  plant('memory/markdown-type.ts', "import type { Root } from 'mdast';\nexport type A = Root;", [
    'vendor-mdast-types-away-from-home',
  ]),
  plant('core/markdown-type.ts', "import type { Root } from 'mdast';\nexport type A = Root;", []),
  plant('server/page.ts', "import { h } from 'preact';\nexport const a = h;", ['vendor-browser-away-from-home']),
  plant('console/schema.ts', "import { z } from 'zod';\nexport const a = z;", ['vendor-zod-away-from-home']),
  plant('server/suite.ts', "import { it } from 'vitest';\nexport const a = it;", ['vendor-workshop-away-from-home']),
  plant('server/homeless.ts', "import semver from 'semver';\nexport const a = semver;", ['vendor-without-home']),
  plant('core/schema.ts', "import { z } from 'zod';\nexport const a = z;", []),
  plant('server/model.ts', "import { ChatOpenAI } from '@langchain/openai';\nexport const a = ChatOpenAI;", []),
  // Node itself, and the tree as a whole.
  plant('core/reads.ts', "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;", [
    'core-imports-node',
  ]),
  plant('console/reads.ts', "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;", [
    'console-imports-node',
  ]),
  plant('server/shell.ts', "import { spawn } from 'node:child_process';\nexport const a = spawn;", [
    'node-child-process-away-from-home',
  ]),
  plant('server/reads.ts', "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;", []),
  plant('server/uses-check.ts', "import { check } from '../setup/check.ts';\nexport const a = check;", [
    'product-imports-workshop',
  ]),
  plant('server/lost.ts', "import { nothing } from './nowhere.ts';\nexport const a = nothing;", ['not-found']),
  plant('graph/egg.ts', "import { hen } from './hen.ts';\nexport const egg = 1;\nexport const b = hen;", ['cycle']),
  plant('journey/egg.ts', "import type { Hen } from './hen.ts';\nexport type Egg = Hen;", ['cycle']),
];

function plant(from: string, source: string, rules: readonly string[]): Planted {
  return { from, source: `${source}\n`, rules };
}
