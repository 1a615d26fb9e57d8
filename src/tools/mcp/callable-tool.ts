import type { Tool } from '@modelcontextprotocol/client';
import type { JsonObject, JsonSchema } from '../../domain/json.ts';
import type { ServerConfig } from '../../domain/server-config.ts';
import type { ToolDefinition, ToolOutput } from '../../domain/tool.ts';
import { InterruptedError } from '../../errors/index.ts';
import type { Scrub } from '../../ports/environment.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';
import type { CallableTool, ToolCallContext } from '../../ports/tool-source.ts';
import { classifyCallFailure, outcomeUnknown } from './call-failure.ts';
import type { Connection } from './connection.ts';
import { effectClassOf } from './effect-class.ts';
import type { Session } from './open-session.ts';
import { toolOutputOf } from './tool-result.ts';

export interface ToolServer {
  readonly name: string;
  readonly config: ServerConfig;
  readonly connection: Connection;
  readonly validator: SchemaValidator;
  readonly scrub: Scrub;
  /** The error for a server that answers and does not take our credentials. */
  readonly refused: (error: unknown) => Error;
}

export function callableTool(server: ToolServer, tool: Tool): CallableTool {
  const definition = definitionOf(server, tool);
  const call = (args: JsonObject, context: ToolCallContext) => {
    const timeoutMs = server.config.timeoutMs ?? context.timeoutMs;
    return callTool({ server, definition, toolName: tool.name, args, context: { ...context, timeoutMs } });
  };
  return { definition, call };
}

function definitionOf(server: ToolServer, tool: Tool): ToolDefinition {
  return {
    name: `${server.name}.${tool.name}`,
    description: tool.description ?? tool.title ?? '',
    inputSchema: tool.inputSchema as JsonSchema,
    ...(tool.outputSchema && { outputSchema: tool.outputSchema as JsonSchema }),
    effect: server.config.effects?.[tool.name] ?? effectClassOf(tool.annotations),
  };
}

interface ToolCall {
  readonly server: ToolServer;
  readonly definition: ToolDefinition;
  readonly toolName: string;
  readonly args: JsonObject;
  readonly context: ToolCallContext;
}

/** Sends the call once. It is sent again only when it is certain that nobody received it. */
async function callTool(call: ToolCall): Promise<ToolOutput> {
  const { server, context } = call;
  for (;;) {
    const session = await unlessAborted(call, server.connection.session());
    try {
      return await callOn(session, call);
    } catch (error) {
      const failure = classifyCallFailure(error, context);
      if (failure.kind === 'answered') return scrubbed(failure.output, server.scrub);
      if (failure.kind === 'refused') throw server.refused(failure.error);
      if (failure.kind === 'unknown')
        throw outcomeUnknown(unknownFields({ call, session, failure, cause: error }));
      // The restarts are counted by the connection: this ends with TOOL_SERVER_UNREACHABLE.
      server.connection.drop(session);
    }
  }
}

async function callOn(session: Session, call: ToolCall): Promise<ToolOutput> {
  const { server, definition, toolName, args, context } = call;
  // Before it is sent: a schema that cannot be compiled must not be found out after the deed.
  const outputCheck = definition.outputSchema && server.validator.compile(definition.outputSchema);
  const result = await session.call({ ...context, name: toolName, arguments: args });
  return toolOutputOf(result, { scrub: server.scrub, outputCheck });
}

function unknownFields(fields: {
  readonly call: ToolCall;
  readonly session: Session;
  readonly failure: { readonly reason: 'cancelled' | 'timeout' | 'connection-lost'; readonly detail: string };
  readonly cause: unknown;
}): Parameters<typeof outcomeUnknown>[0] {
  const { call, session, failure, cause } = fields;
  const { scrub } = call.server;
  const waited = failure.reason === 'timeout' ? ` after ${call.context.timeoutMs} ms` : '';
  return {
    tool: call.definition.name,
    reason: failure.reason,
    detail: scrub(failure.detail + waited),
    // Chatter of a healthy server explains no time-out.
    lastWords: failure.reason === 'connection-lost' ? scrub(session.lastWords()) : '',
    cause,
  };
}

function scrubbed(output: ToolOutput, scrub: Scrub): ToolOutput {
  const content = output.content.map((part) =>
    part.type === 'text' ? { ...part, text: scrub(part.text) } : part,
  );
  return { ...output, content };
}

/** The session, unless the run ends first: nothing has been sent then. */
async function unlessAborted<T>(call: ToolCall, work: Promise<T>): Promise<T> {
  const { signal } = call.context;
  const interrupted = () =>
    new InterruptedError({
      code: 'INTERRUPTED',
      message: `"${call.definition.name}" was not called: the run was interrupted.`,
    });
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(interrupted());
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
