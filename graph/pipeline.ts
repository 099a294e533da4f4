/** The turn. Read this first: one message becomes one answer by these steps, in this order, whatever the channel. */
import { END, START, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';
import { withoutRunTrees } from './no-run-trees.ts';
import { afterSupervise } from './routes.ts';
import { type Pass, type Step, TurnState, type TurnUpdate } from './state.ts';
import { act } from './steps/act.ts';
import { advance } from './steps/advance.ts';
import { check } from './steps/check.ts';
import { classify } from './steps/classify.ts';
import { compose } from './steps/compose.ts';
import { identify } from './steps/identify.ts';
import { recall } from './steps/recall.ts';
import { remember } from './steps/remember.ts';
import { screen } from './steps/screen.ts';
import { supervise } from './steps/supervise.ts';

withoutRunTrees();

const TurnContext = z.object({ pass: z.custom<Pass>() });

type Runtime = { readonly context?: { readonly pass: Pass } };

/** Gives a step its pass and records it; what the step records itself hangs below it. The pass is always there: `runPipeline` is the only caller. */
function node(name: string, step: Step) {
  return (state: TurnState, runtime: Runtime): Promise<TurnUpdate> => {
    const { pass } = runtime.context as { readonly pass: Pass };
    return pass.recorder.span(name, { kind: 'step' }, (recorder) => step(state, { ...pass, recorder }));
  };
}

/** Built once; holds no state between turns. No checkpointer: the graph always ends (DESIGN section 4). */
export function createPipeline() {
  return new StateGraph(TurnState, TurnContext)
    .addNode('identify', node('identify', identify))
    .addNode('advance', node('advance', advance))
    .addNode('screen', node('screen', screen))
    .addNode('classify', node('classify', classify))
    .addNode('recall', node('recall', recall))
    .addNode('supervise', node('supervise', supervise))
    .addNode('act', node('act', act))
    .addNode('compose', node('compose', compose))
    .addNode('check', node('check', check))
    .addNode('remember', node('remember', remember))
    .addEdge(START, 'identify')
    .addEdge('identify', 'advance')
    .addEdge('advance', 'screen')
    .addEdge('advance', 'classify')
    .addEdge('advance', 'recall')
    .addEdge(['screen', 'classify', 'recall'], 'supervise')
    .addConditionalEdges('supervise', afterSupervise, ['act', 'remember'])
    .addEdge('act', 'compose')
    .addEdge('compose', 'check')
    .addEdge('check', 'remember')
    .addEdge('remember', END)
    .compile();
}
