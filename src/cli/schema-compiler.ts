import { config } from 'zod';

/** Compiling a schema pays after some hundred values. A run reads a handful of files, and is ready sooner without. */
export function withoutSchemaCompiler(): void {
  config({ jitless: true });
}
