import type { SourceLocation } from './source-location.ts';

/** A template and where its first character stands, so that an error inside it can name its place. */
export interface TemplateSource {
  readonly text: string;
  readonly origin: SourceLocation;
  /** How far the text is indented in its file (a YAML block scalar loses that indent): added to columns. */
  readonly indent?: number;
}

/** A value that a template refers to: `{{ scan.response.files }}` is `['scan', 'response', 'files']`. */
export interface TemplateReference {
  readonly path: readonly string[];
  readonly location: SourceLocation;
}
