import { LakeFailure } from '../../servers/lake/lake-failure.ts';

/** What the server advises a model to do, as a person does it. */
export function saidToPerson({ problem, remedy }: LakeFailure): LakeFailure {
  const said = rewordings.reduce((text, [words, own]) => text?.replace(words, own), remedy);
  return new LakeFailure(problem, said);
}

/** Words of the server's hints, each with those that take their place. A test finds the words in the server's source texts. */
export const rewordings: readonly (readonly [words: RegExp | string, own: string])[] = [
  ['call list_tables, describe_table or profile_file', 'type aiworkflow lake tables, or lake rows <table>'],
  ['list_tables shows', 'aiworkflow lake tables shows'],
  [
    'describe_table shows the names and types of the columns',
    'aiworkflow lake rows <table> shows its columns',
  ],
  [/,? or start the lake with a larger --[\w-]+/, ''],
  [', or start the lake with more', ''],
  [' Files are read by ingest only.', ''],
  ['files are read by inspect_file and ingest; SQL reads', 'SQL reads'],
  ['; run_mapping stores its result in a table', ''],
];
