import { propertySeed } from './property-seed.ts';

// Before each file of tests. A property that fails prints its seed by itself.
const seed = propertySeed(process.env);
// Loaded only when there is something to set: most files of tests have no property.
if (seed !== undefined) (await import('fast-check')).configureGlobal({ seed });
