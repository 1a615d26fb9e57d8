import type { Json } from '../domain/json.ts';
import type { ExecuteResult } from '../domain/result.ts';
import type { ModelClient } from '../ports/model-client.ts';
import type { CallableTool } from '../ports/tool-source.ts';
import type { ExecuteOptions } from './execute-options.ts';

type Rest<Response> = Omit<ExecuteOptions<Response>, 'prompt' | 'tools' | 'model' | 'workflowId'>;

/** `execute` in both its forms. */
export interface Execute {
  <Response = Json>(options: ExecuteOptions<Response>): Promise<ExecuteResult<Response>>;
  <Response = Json>(
    prompt: string,
    tools: readonly CallableTool[],
    model: string | ModelClient,
    workflowId: string,
    options?: Rest<Response>,
  ): Promise<ExecuteResult<Response>>;
}

/** Both forms from a function of one object. */
export function executeOf(
  run: <Response>(options: ExecuteOptions<Response>) => Promise<ExecuteResult<Response>>,
): Execute {
  return <Response>(
    first: string | ExecuteOptions<Response>,
    tools: readonly CallableTool[] = [],
    model?: string | ModelClient,
    workflowId = 'execute',
    rest?: Rest<Response>,
  ): Promise<ExecuteResult<Response>> => {
    if (typeof first !== 'string') return run(first);
    return run({
      ...rest,
      prompt: first,
      tools,
      workflowId,
      ...(model !== undefined && { model }),
    } as ExecuteOptions<Response>);
  };
}
