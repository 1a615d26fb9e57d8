import type { AuditReader, AuditWriter } from '../../ports/audit-log.ts';
import type { Clock, HashText, Ids, Scrub } from '../../ports/environment.ts';
import type { ModelSource } from '../../ports/model-client.ts';
import type { PriceBook } from '../../ports/price-book.ts';
import type { ProgressListener } from '../../ports/progress.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';
import type { TemplateEngine } from '../../ports/template-engine.ts';

/** The world as the engine knows it: ports only. `runtime.ts` fills them. */
export interface EngineServices {
  readonly log: AuditWriter & Pick<AuditReader, 'load'>;
  readonly models: ModelSource;
  readonly templates: TemplateEngine;
  readonly schemas: SchemaValidator;
  readonly prices: PriceBook;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hash: HashText;
  readonly scrub: Scrub;
  readonly progress?: ProgressListener;
  /** Name and version, as written into every run. */
  readonly program: string;
}
