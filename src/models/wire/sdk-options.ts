/** The longest time that a timer can hold. The SDKs' own time-out covers the headers only; the idle watch covers all. */
export const noTimeoutMs = 2 ** 31 - 1;

const nothing = (): void => {};

/** Standard output and error belong to the program: an MCP server on stdio speaks there. */
export const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing };
