import type { ProjectConfig } from '../domain/project-config.ts';
import type { ModelClient, ModelSource } from '../ports/model-client.ts';

export interface ModelSetup {
  readonly config: ProjectConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly projectDir: string;
  readonly extra?: Readonly<Record<string, (model: string) => ModelClient | Promise<ModelClient>>>;
}

/** The providers' code is loaded when the first model is opened: `show` and `verify` never pay for it. */
export function lazyModels(setup: ModelSetup): ModelSource {
  let source: Promise<ModelSource> | undefined;
  return {
    async open(id) {
      source ??= import('../models/model-source.ts').then(({ createModelSource }) =>
        createModelSource(setup),
      );
      return (await source).open(id);
    },
  };
}
