/** The two ways out of the supervisor's one model call: choose an agent, or ask the person one question. */
import { z } from 'zod';

/** Agents the model may choose. Safety is not among them: what is dangerous was decided before, without a model. */
const ChosenAgent = z.enum(['knowledge', 'sales', 'course', 'support']);

export const ChooseAgent = z.strictObject({
  agent: ChosenAgent.describe(
    "knowledge: questions the pages answer · sales: offers, prices, taking part · course: the person's own courses and lessons · support: orders, payments, account, something does not work",
  ),
  because: z.string().max(120).describe('The reason, in a few words.'),
});

export const AskPerson = z.strictObject({
  question: z.string().min(3).max(200).describe('One short question that settles what the person needs.'),
  options: z
    .array(z.strictObject({ label: z.string().min(1).max(60), agent: ChosenAgent }))
    .min(2)
    .max(4)
    .describe('Likely answers, each with the agent it leads to.'),
});

export const SUPERVISOR_TOOLS = [
  { name: 'choose_agent', description: 'Says which agent answers.', arguments: ChooseAgent },
  {
    name: 'ask_person',
    description: 'Asks the person one question with likely answers as buttons. Only when no agent is clearly right.',
    arguments: AskPerson,
  },
] as const;
