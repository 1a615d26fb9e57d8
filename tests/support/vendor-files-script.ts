import type { ScriptedReply } from '../../src/testing/index.ts';

/** The answer of a model to `workflows/vendor-files.yaml` on `data/vendors`, written by hand. */
export function answerVendorFiles(): ScriptedReply {
  return {
    json: {
      path: 'vendors/verdalia_merchant.xml',
      why: 'XML nests its values; the other four files hold one record a line or a plain list.',
    },
  };
}
