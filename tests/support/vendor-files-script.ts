import type { ScriptedReply } from '../../src/testing/index.ts';

/** The answer of a model to `workflows/vendor-files.yaml` on `data/vendors`, written by hand. */
export function answerVendorFiles(): ScriptedReply {
  return {
    json: {
      groups: [
        { format: 'csv', paths: ['lumenhain_preisliste.csv', 'pinegate_products.csv'] },
        { format: 'json', paths: ['copperkettle_catalog.json', 'kurbelwerk_export.ndjson'] },
        { format: 'xml', paths: ['verdalia_merchant.xml'] },
      ],
    },
  };
}
