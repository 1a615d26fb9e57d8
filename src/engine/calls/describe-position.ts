import { callOfPosition, type Position, stepOfPosition, turnOfPosition } from '../../domain/position.ts';

/** `step load, item 3, turn 2, model call`: where a position is, in words. */
export function describePosition(position: Position): string {
  const call = callOfPosition(position).slice(position.lastIndexOf('/') + 1);
  const kind = call.startsWith('m') ? 'model call' : 'tool call';
  const step = stepOfPosition(position).replaceAll(/\[(\d+)\]/g, (_, index) => `, item ${Number(index) + 1}`);
  const turn = turnOfPosition(position);
  const attempt = /!(\d+)$/.exec(position)?.[1];
  const number = /^t\d+\.(\d+)$/.exec(call)?.[1];
  return [
    `step ${step}`,
    turn > 0 ? `turn ${turn}` : '',
    `${kind}${number === undefined ? '' : ` ${number}`}${attempt === undefined ? '' : `, attempt ${attempt}`} (${position})`,
  ]
    .filter(Boolean)
    .join(', ');
}
