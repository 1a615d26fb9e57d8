import { z } from 'zod';
import { authoritativeDefinitions, customProperties, tags } from './annotations.ts';
import { day, number, plainValue, stableId, text } from './values.ts';

/** Who answers for the data, who may see it, what it costs, and what is promised. */

const id = stableId.optional();

export const roles = z
  .array(
    z.strictObject({
      id,
      role: z.string(),
      description: text,
      access: text,
      firstLevelApprovers: text,
      secondLevelApprovers: text,
      customProperties,
    }),
  )
  .optional();

const member = z.strictObject({
  id,
  username: z.string(),
  name: text,
  description: text,
  role: text,
  dateIn: day.optional(),
  dateOut: day.optional(),
  replacedByUsername: text,
  tags,
  customProperties,
  authoritativeDefinitions,
});
const members = z.array(member);
const namedTeam = z.strictObject({
  id,
  name: text,
  description: text,
  members: members.optional(),
  tags,
  customProperties,
  authoritativeDefinitions,
});
/** A list of members is how version 3.0 wrote it. */
export const team = z.union([namedTeam, members]).optional();

export const support = z
  .array(
    z.strictObject({
      id,
      channel: z.string(),
      url: text,
      description: text,
      tool: text,
      scope: text,
      invitationUrl: text,
      customProperties,
    }),
  )
  .optional();

export const price = z
  .strictObject({ id, priceAmount: number.optional(), priceCurrency: text, priceUnit: text })
  .optional();

export const slaProperties = z
  .array(
    z.strictObject({
      id,
      property: z.string(),
      value: plainValue,
      valueExt: plainValue.optional(),
      unit: text,
      element: text,
      driver: text,
      description: text,
      scheduler: text,
      schedule: text,
    }),
  )
  .optional();
