/** Where the picture of the journey puts what it shows. */
import { describe, expect, it } from 'vitest';
import { BOX, drawRegion } from '../../console/app/journey-arcs.ts';
import type { DrawnEdge, DrawnRegion } from '../../core/journey-picture.ts';

const stage = (name: string) => ({ name, about: name, people: 0 });
const edge = (way: string, count: number, transition = way): DrawnEdge => {
  const [from = '', to = ''] = way.split(' ');
  return { transition, from, to, trigger: 'intent price', count, disputed: 0 };
};
const region: DrawnRegion = {
  name: 'main',
  stages: [stage('stranger'), stage('curious'), stage('lead')],
  edges: [
    edge('stranger curious', 5),
    edge('stranger curious', 2, 'asks'),
    edge('stranger lead', 1),
    edge('lead stranger', 3),
    edge('lead gone', 9),
  ],
};

describe('a region', () => {
  const { boxes, arcs, width, height } = drawRegion(region);

  it('has its stages side by side in their own order, none on another', () => {
    expect(boxes.map(({ name }) => name)).toEqual(['stranger', 'curious', 'lead']);
    const gaps = boxes.slice(1).map(({ x }, index) => x - (boxes[index]?.x ?? 0) - BOX.width);
    expect(gaps.every((gap) => gap > 0)).toBe(true);
    expect((boxes.at(-1)?.x ?? 0) + BOX.width).toBeLessThan(width);
  });

  it('has one line from one stage to another, with all that walked it; none to a stage that is gone', () => {
    expect(arcs.map(({ from, to, count }) => [from, to, count])).toEqual([
      ['stranger', 'curious', 7],
      ['stranger', 'lead', 1],
      ['lead', 'stranger', 3],
    ]);
  });

  it('has ways on above and ways back below, all of it and every number within the picture', () => {
    const top = boxes[0]?.y ?? 0;
    const [near, far, back] = arcs;
    expect(near?.label.y).toBeLessThan(top);
    expect(far?.label.y).toBeLessThan(near?.label.y ?? 0);
    expect(back?.label.y).toBeGreaterThan(top + BOX.height);
    for (const { label } of arcs) {
      expect(label.y).toBeGreaterThan(0);
      expect(label.y).toBeLessThan(height);
    }
  });
});
