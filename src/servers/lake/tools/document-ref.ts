import { z } from 'zod';

const reference = z
  .string()
  .max(300)
  .regex(/^[^\s@]+@\d+\.\d+\.\d+[\w.+-]*$/, 'must be <id>@<version>, e.g. product@1.2.0');

/** Kept with the table and with each snapshot, so that a value can be followed to the document that asked for it. */
export const contractReference = reference.describe('contract that this follows, as <id>@<version>');

export const mappingReference = reference.describe('mapping that the SQL is from, as <id>@<version>');
