import type { McpServer } from '@modelcontextprotocol/server';
import type { CatalogServices } from './tools/answer.ts';
import { registerChangeTools } from './tools/change-tools.ts';
import { registerContractTools } from './tools/contract-tools.ts';
import { registerFeedTools } from './tools/feed-tools.ts';
import { registerPolicyTool } from './tools/policy-tool.ts';

/** All tools, over whatever back end. Two of them write: register_feed what is new, propose_change a wish. */
export function registerTools(server: McpServer, services: CatalogServices, topics: readonly string[]): void {
  registerContractTools(server, services);
  registerPolicyTool(server, services, topics);
  registerFeedTools(server, services);
  registerChangeTools(server, services);
}
