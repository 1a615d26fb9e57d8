import { z } from 'zod';
import { effectClassSchema } from './tool.ts';

const shared = {
  effects: z
    .record(z.string(), effectClassSchema)
    .optional()
    .describe('tool name (without the server) -> effect class; wins over the annotations of the server'),
  timeoutMs: z
    .int()
    .positive()
    .optional()
    .describe('milliseconds for one call; wins over limits.toolTimeoutMs'),
  probes: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      'tool name -> tool of the same server that says by idempotency key whether a call of it was made; asked when a crash leaves a call in doubt',
    ),
};

/** `${NAME}` in `env`, `headers` and `args` is replaced by the environment variable; its value is kept secret. */
const stdioServerSchema = z.strictObject({
  ...shared,
  command: z.string().describe('program to start; speaks MCP on its standard input and output'),
  args: z.array(z.string()).optional().describe('its arguments'),
  env: z.record(z.string(), z.string()).optional().describe('its environment'),
  cwd: z.string().optional().describe('working directory, relative to the project'),
});

const httpServerSchema = z.strictObject({
  ...shared,
  url: z.url().describe('MCP over streamable HTTP'),
  headers: z.record(z.string(), z.string()).optional().describe('HTTP headers'),
});

const shippedServerSchema = z.strictObject({
  ...shared,
  server: z.enum(['lake', 'catalog']).describe('an MCP server that comes with aiworkflow'),
  args: z.array(z.string()).optional().describe('its arguments'),
  env: z.record(z.string(), z.string()).optional().describe('its environment'),
});

export const serverConfigSchema = z.union([shippedServerSchema, stdioServerSchema, httpServerSchema]);
export type ServerConfig = z.infer<typeof serverConfigSchema>;
export type StdioServerConfig = z.infer<typeof stdioServerSchema>;
export type HttpServerConfig = z.infer<typeof httpServerSchema>;
export type ShippedServerConfig = z.infer<typeof shippedServerSchema>;
