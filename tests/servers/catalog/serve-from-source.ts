/** `node serve-from-source.ts server lake|catalog …`: what `aiworkflow server` starts, before anything is built. */
const [name, ...args] = process.argv.slice(3);
if (name === 'lake') await (await import('../../../src/servers/lake/serve.ts')).serveLake(args);
else await (await import('../../../src/servers/catalog/serve.ts')).serveCatalog(args);
