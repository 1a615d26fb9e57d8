import { IcebergError } from '../iceberg-error.ts';
import { primitiveParts } from './primitive-type.ts';
import { type IcebergType, isPrimitive } from './types.ts';

/** The wider type, when every value of the narrower one has exactly one value in it. */
export function checkWidening(from: IcebergType, { to, column }: { to: string; column: string }): string {
  const wider = to.trim().toLowerCase().replaceAll(/\s+/g, '');
  if (isPrimitive(from) && (from === wider || isWider(from, wider))) return wider;
  throw new IcebergError(
    'INVALID',
    `"${column}" cannot become ${to}: it is ${isPrimitive(from) ? from : from.type}.`,
    { hint: 'possible are int to long, float to double, and more digits of a decimal with the same scale.' },
  );
}

function isWider(from: string, to: string): boolean {
  const [narrow, wide] = [primitiveParts(from), primitiveParts(to)];
  if (narrow.kind === 'int') return wide.kind === 'long';
  if (narrow.kind === 'float') return wide.kind === 'double';
  if (narrow.kind !== 'decimal' || wide.kind !== 'decimal') return false;
  return narrow.scale === wide.scale && wide.precision >= narrow.precision;
}
