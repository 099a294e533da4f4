/** screen: what came in, before anybody acts on it. The person's words, their names and what a comment hangs on. */
import { screenText } from '../../core/screen-text.ts';
import { type Finding, screeningOf } from '../../core/screening.ts';
import type { Step } from '../state.ts';

/** More events than this in one burst is a flood; noted for operators. */
const FLOOD = 20;
/** A crisis may be spread over messages: the person's last lines are read together with the burst. */
const WINDOW = 3;

export const screen: Step = async ({ burst }, { text, conversation }) => {
  const said = (await conversation()).lines.filter((line) => line.from === 'person').slice(-WINDOW);
  const findings: Finding[] = [...screenText(text)];
  const joined = [...said.map((line) => line.text), text].join(' ');
  // Only what the lines say together: a line that was answered as a crisis before does not alarm again.
  const isNew = !said.some((line) => screenText(line.text).some((finding) => finding.hazard === 'crisis'));
  if (isNew && findings.every((finding) => finding.hazard !== 'crisis')) {
    findings.push(...screenText(joined).filter((finding) => finding.hazard === 'crisis'));
  }
  if (burst.events.length > FLOOD) findings.push({ hazard: 'flood', rule: 'burst-size' });
  return { screening: screeningOf(findings) };
};
