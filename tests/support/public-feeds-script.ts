import type { AssistantMessage } from '../../src/domain/message.ts';
import type { ModelRequest } from '../../src/domain/model.ts';
import { answerDatamart } from './scripted-feeds/answer-datamart.ts';
import { type PublicFolders, publicFeeds } from './scripted-feeds/public-feeds.ts';

const folderNames: PublicFolders = { adventureworks: 'adventureworks-mit', dummyjson: 'dummyjson-mit' };

/**
 * A model for `workflows/product-datamart.yaml` on public feeds (`../shared/data/feeds`), written by hand like the one for
 * data/vendors. `folders` are the feeds' folders as the lake names them: with the roots `…/adventureworks-mit` and
 * `…/dummyjson-mit`, or the folder above both, they are the folders' own names.
 */
export function answerPublicFeeds(
  request: ModelRequest,
  position: string,
  folders: PublicFolders = folderNames,
): AssistantMessage {
  return answerDatamart(publicFeeds(folders), { request, position });
}

/** What becomes of the records: 504 articles of which 200 have a price of 0, and 194 that are all complete. */
export const publicFeedsTruth = {
  'product_raw.adventureworks_product': { loaded: 504, published: 304, set_aside: 200 },
  'product_raw.dummyjson_products': { loaded: 194, published: 194, set_aside: 0 },
} as const;
