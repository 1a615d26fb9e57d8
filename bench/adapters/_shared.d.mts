export declare const MODEL: string;
export declare const SYSTEM: string;
export declare const PROMPT: string;
export declare const TOOL_NAME: string;
export declare const TOOL_DESC: string;
export declare const TOOL_JSON_SCHEMA: {
  type: string;
  properties: Record<string, { type: string }>;
  required: string[];
  additionalProperties: boolean;
};
export declare function pool<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]>;
