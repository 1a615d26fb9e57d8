export { secretNamesOf } from './declared-providers.ts';
export { createModelSource, type ModelSourceOptions } from './model-source.ts';
export { createPriceBook } from './prices/price-book.ts';
