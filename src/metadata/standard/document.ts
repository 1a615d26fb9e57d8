import { z } from 'zod';
import { authoritativeDefinitions, customProperties, tags } from './annotations.ts';
import { price, roles, slaProperties, support, team } from './people.ts';
import { schema } from './schema.ts';
import { servers } from './servers.ts';
import { instant, text } from './values.ts';

/**
 * A whole document of the Open Data Contract Standard 3.1: it takes what the standard's own JSON Schema takes and refuses
 * what that refuses. What the lake and the catalog ask beyond it stands in `../lake/`.
 */
export const documentSchema = z.strictObject({
  apiVersion: z.enum(['v3.1.0', 'v3.0.2', 'v3.0.1', 'v3.0.0', 'v2.2.2', 'v2.2.1', 'v2.2.0']),
  kind: z.literal('DataContract'),
  id: z.string(),
  name: text,
  version: z.string(),
  status: z.string(),
  tenant: text,
  domain: text,
  dataProduct: text,
  tags,
  description: z
    .looseObject({
      usage: text,
      purpose: text,
      limitations: text,
      authoritativeDefinitions,
      customProperties,
    })
    .optional(),
  servers,
  schema,
  support,
  price,
  team,
  roles,
  slaDefaultElement: text,
  slaProperties,
  authoritativeDefinitions,
  customProperties,
  contractCreatedTs: instant.optional(),
});
