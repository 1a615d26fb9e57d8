// `npm run demo`: runs workflows/product-datamart.yaml on the vendor files in data/vendors/. No key, no network.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const lake = '.aiworkflow/lake';

console.log(`The product datamart, from the vendor files in data/vendors/.

The model's answers are recorded: written by hand for this project, no live model is asked and nothing is paid.
Token counts are estimates. Everything else works for real: templates, contracts, the MCP servers, and the lake,
which reads the files again.
`);
setAsideLake();
const report = JSON.parse(aiworkflow(['run', 'product-datamart', '--model', 'recorded:product-datamart']));
const [run] = aiworkflow(['runs', '--limit', '1', '--json']).split('\n').map(parse);
printLoaded([...stepResult('ledger'), ...stepResult('reference_ledger')]);
printEnd();

/** The recorded answers fit a run that begins with an empty lake. What an earlier run made is kept beside it. */
function setAsideLake() {
  if (!existsSync(lake)) return;
  const kept = `.aiworkflow/lake-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`;
  renameSync(lake, kept);
  console.log(`The lake of an earlier run is kept as ${kept}; to read it there: aiworkflow lake relocate.\n`);
}

/** The command that a person would type, with its progress on the screen; what it prints as its result is returned. */
function aiworkflow(args) {
  const { status, stdout } = spawnSync(process.execPath, ['bin/aiworkflow.mjs', ...args], {
    stdio: ['inherit', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout.trim();
}

function stepResult(step) {
  return parse(aiworkflow(['show', run.runId, '--step', step, '--result', '--json'])).response;
}

function parse(text) {
  return JSON.parse(text);
}

/** What the lake says of its tables, not what the model says of them. */
function printLoaded(tables) {
  const rows = tables.flatMap(({ table, sources }) =>
    sources.map((source) => [source.file, source.rows_read, source.rows_loaded, source.rows_rejected, table]),
  );
  const sum = (column) => rows.reduce((total, row) => total + row[column], 0);
  const heading = ['vendor file', 'rows in', 'loaded', 'rejected', 'table'];
  const lines = [
    heading,
    ...rows,
    ['', sum(1), sum(2), sum(3), '(what was rejected: product_raw.ingest_errors)'],
  ];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => String(line[column]).length)));
  console.log(`\n${report.headline}\n`);
  for (const line of lines)
    console.log(
      line
        .map((cell, column) =>
          typeof cell === 'number' || (column > 0 && column < 4)
            ? String(cell).padStart(widths[column])
            : String(cell).padEnd(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    );
}

function printEnd() {
  console.log(`
${report.target}: ${report.rows_published} rows published, ${report.rows_set_aside} set aside in product_core.product_exception
cost: nothing, the answers are recorded.  run: ${run.runId}

Look into it:
  npx aiworkflow show last
  npx aiworkflow show last --step discover
  npx aiworkflow verify last
  sqlite3 .aiworkflow/audit.db "select * from model_calls"

With a key, the same file runs live (rename ${lake} first, or the model meets its own tables):
  npx aiworkflow run product-datamart --model anthropic:claude-sonnet-5-5`);
}
