export { matchesPattern } from '../domain/tool-pattern.ts';
export { defineTool, type LocalTool } from './define-tool.ts';
export { type Environment, secretVariablesOf } from './mcp/interpolate.ts';
export { createMcpServer, type McpServer, type McpServerContext } from './mcp/mcp-server.ts';
export type { AnswerElicitation } from './mcp/open-session.ts';
export { type ClosableToolSource, createToolSource, type ToolSourceOptions } from './tool-source.ts';
