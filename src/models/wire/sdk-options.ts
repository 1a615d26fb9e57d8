/** The SDKs tell the provider in a header how long we wait: the longest time that a timer can hold. The idle watch decides. */
export const noTimeoutMs = 2 ** 31 - 1;

const nothing = (): void => {};

/** Standard output and error belong to the program: an MCP server on stdio speaks there. */
export const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing };
