import type { JsonObject } from '../../../domain/json.ts';
import type { DocumentKind } from '../documents/kinds.ts';

/** Who asked: the tool call, when the request named it. */
export interface Origin {
  readonly run: string;
  /** `<run>/<position>`. */
  readonly call: string;
}

export interface Asking {
  readonly reason: string;
  readonly origin: Origin | undefined;
  readonly atMs: number;
}

export interface Decision {
  readonly decision: 'accepted' | 'rejected';
  readonly by: string;
  readonly because: string | undefined;
  readonly atMs: number;
}

/** What a change is, whoever asks for it. Its id is made of this: the same change has the same id in every run. */
export interface ProposedChange {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly documentId: string;
  readonly from: { readonly version: string; readonly digest: string };
  readonly to: { readonly version: string; readonly digest: string };
  readonly was: JsonObject;
  readonly now: JsonObject;
  readonly breaking: boolean;
  /** In words, one each. */
  readonly differences: readonly string[];
}

export interface Change extends ProposedChange {
  readonly state: 'proposed' | 'accepted' | 'rejected';
  /** Everyone who asked for it, the first one first. */
  readonly askings: readonly Asking[];
  readonly decision: Decision | undefined;
}

/** How a version of a document came to be in force, when the catalog knows: nobody asks it about what people write by hand. */
export interface VersionOrigin {
  readonly how: 'registered' | 'accepted';
  readonly kind: DocumentKind;
  readonly documentId: string;
  readonly version: string;
  readonly digest: string;
  readonly atMs: number;
  /** The tool call that registered it, or that first asked for it. */
  readonly origin: Origin | undefined;
  /** Of an accepted change. */
  readonly change?: {
    readonly id: string;
    readonly by: string;
    readonly reason: string;
    readonly breaking: boolean;
  };
}
