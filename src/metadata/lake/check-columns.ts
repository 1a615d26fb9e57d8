import { customValue } from '../custom-property.ts';
import type { ContractProperty, ContractTable } from './contract-shape.ts';
import type { Demanded } from './demand.ts';
import { lakeType, logicalTypeOf, logicalTypesOf, typeHint } from './lake-type.ts';
import { repeated } from './repeated.ts';

/** Types, names and keys of a table's columns. Paths begin at the table. */
export function checkColumns({ properties }: ContractTable): Demanded[] {
  return [
    ...properties.flatMap((property, index) => checkColumn(property, ['properties', index])),
    ...repeated(properties.map(({ name }) => name)).map(({ name, index, first }) => ({
      demand: 'unique-names' as const,
      path: ['properties', index, 'name'],
      message: `the column "${name}" stands here for the second time, column ${first + 1} has this name too`,
      hint: 'name each column once.',
    })),
    ...checkPositions(properties, 'primaryKey'),
    ...checkPositions(properties, 'partitioned'),
  ];
}

type Path = readonly (string | number)[];

function checkColumn(property: ContractProperty, path: Path): Demanded[] {
  const { name, physicalName, primaryKey, required } = property;
  return [
    ...checkType(property, path),
    ...(physicalName !== undefined && physicalName !== name
      ? [
          {
            demand: 'names-of-the-lake' as const,
            path: [...path, 'physicalName'],
            message: `the column is "${name}" and its physicalName "${physicalName}"`,
            hint: 'a column has one name in the lake: take physicalName out, or write the same.',
          },
        ]
      : []),
    ...(primaryKey && !required
      ? [
          {
            demand: 'primary-key' as const,
            path: [...path, 'primaryKey'],
            message: `"${name}" is part of the primary key and may be empty`,
            hint: 'add `required: true` to the column.',
          },
        ]
      : []),
    ...checkTransform(property, path),
  ];
}

function checkType({ physicalType, logicalType }: ContractProperty, path: Path): Demanded[] {
  const type = lakeType(physicalType);
  if (type === undefined)
    return [
      {
        demand: 'types-of-the-lake',
        path: [...path, 'physicalType'],
        message: `"${physicalType}" is no column type of the lake`,
        hint: typeHint(physicalType),
      },
    ];
  if (logicalTypesOf(type).includes(logicalType)) return [];
  return [
    {
      demand: 'logical-and-physical',
      path: [...path, 'logicalType'],
      message: `logicalType ${logicalType} contradicts physicalType ${physicalType}`,
      hint: `${physicalType} is \`logicalType: ${logicalTypeOf(type)}\`.`,
    },
  ];
}

function checkTransform(property: ContractProperty, path: Path): Demanded[] {
  const index = (property.customProperties ?? []).findIndex((one) => one.property === 'partitionTransform');
  if (index < 0) return [];
  const value = customValue(property, 'partitionTransform');
  const place = [...path, 'customProperties', index, 'value'];
  if (
    typeof value !== 'string' ||
    !/^(identity|year|month|day|hour|(bucket|truncate)\([1-9]\d{0,6}\))$/.test(value)
  )
    return [
      {
        demand: 'partition-key',
        path: place,
        message: `${JSON.stringify(value)} is no transform of a partition`,
        hint: 'write identity, year, month, day, hour, bucket(16) or truncate(4).',
      },
    ];
  if (property.partitioned) return [];
  return [
    {
      demand: 'partition-key',
      path: place,
      message: `"${property.name}" has a partition transform and is not partitioned`,
      hint: 'add `partitioned: true` and `partitionKeyPosition:` to the column.',
    },
  ];
}

const positionOf = { primaryKey: 'primaryKeyPosition', partitioned: 'partitionKeyPosition' } as const;

/** The positions of a key are 1, 2, 3, …; a key of one column needs none, and -1 is how the standard says "none". */
function checkPositions(
  properties: readonly ContractProperty[],
  flag: 'primaryKey' | 'partitioned',
): Demanded[] {
  const field = positionOf[flag];
  const demand = flag === 'primaryKey' ? 'primary-key' : 'partition-key';
  const parts = properties.map((property, index) => ({ property, index, position: property[field] ?? -1 }));
  const stray = parts.filter(({ property, position }) => !property[flag] && position !== -1);
  const key = parts.filter(({ property }) => property[flag]);
  const strays = stray.map(
    ({ property, index }) =>
      ({
        demand,
        path: ['properties', index, field],
        message: `"${property.name}" has a ${field} and is not ${flag}`,
        hint: `add \`${flag}: true\`, or take the position out.`,
      }) as const,
  );
  if (key.length === 1 && key[0]?.position === -1) return strays;
  const inOrder = key.toSorted((a, b) => a.position - b.position);
  const wrong = inOrder.find(({ position }, index) => position !== index + 1);
  if (!wrong) return strays;
  const given = inOrder.map(
    ({ property, position }) => `${property.name} ${position === -1 ? 'none' : position}`,
  );
  return [
    ...strays,
    {
      demand,
      path: ['properties', wrong.index, field],
      message: `the positions must be ${key.length === 1 ? '1' : `1 to ${key.length}`} without gaps, not ${given.join(', ')}`,
      hint: `set ${field} of "${wrong.property.name}" to ${inOrder.indexOf(wrong) + 1}.`,
    },
  ];
}
