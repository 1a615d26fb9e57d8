import { ownMember } from '../scope.ts';
import { type Helper, HelperFailure, kindOf } from './helper.ts';

/** Helpers that pick or measure a value. */
export const valueHelpers: Readonly<Record<string, Helper>> = {
  length: {
    usage: 'length value',
    minArguments: 1,
    maxArguments: 1,
    apply: ([value]) => {
      if (typeof value === 'string') return [...value].length;
      if (Array.isArray(value)) return value.length;
      if (typeof value === 'object' && value !== null) return Object.keys(value).length;
      throw new HelperFailure(`counts a list, an object or a string, not ${kindOf(value)}`);
    },
  },
  lookup: {
    usage: 'lookup value key',
    minArguments: 2,
    maxArguments: 2,
    apply: ([value, key]) => {
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new HelperFailure(`takes a name or a number as its key, not ${kindOf(key)}`);
      if (typeof value !== 'object' || value === null)
        throw new HelperFailure(`looks into an object or a list, not into ${kindOf(value)}`);
      return ownMember(value, String(key));
    },
  },
  default: {
    usage: 'default value fallback',
    minArguments: 2,
    maxArguments: 2,
    mayBeAbsent: (argument) => (argument === 0 ? 'below-top' : 'none'),
    apply: ([value, fallback]) => value ?? fallback,
  },
};
