// `npm run demo`: runs workflows/product-datamart.yaml on the vendor files in data/vendors/. No key, no network.
// `npm run demo:day-two`: goes on with the files in data/day-two/, as docs/example.md tells.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const state = ['lake', 'feeds', 'catalog.sqlite'];

if (process.argv[2] === 'day-two') dayTwo();
else dayOne();

function dayOne() {
  console.log(`The product datamart, from the vendor files in data/vendors/.

The model's answers are recorded: written by hand for this project, no live model is asked and nothing is paid.
Token counts are estimates. Everything else works for real: templates, contracts, the MCP servers, and the lake,
which reads the files again.
`);
  setAside();
  const { report, run } = datamart('product-datamart');
  printLoaded({ report, run });
  printEnd({ report, run });
}

/** What arrives a day later, with nobody there; then a person decides, and the run is made once more. */
function dayTwo() {
  if (!existsSync('.aiworkflow/lake')) dayOne();
  else if (hasBegunDayTwo()) {
    // The recorded answers fit a lake that has seen the first day only.
    console.error(
      'The second day was run on this lake already. `npm run demo` begins anew, and keeps what is there.',
    );
    process.exit(1);
  } else requireDayOne();
  console.log(
    '\nThe second day: the files in data/day-two/. The answers of the model are recorded, as before.\n',
  );
  const day = ['--param', 'pattern=day-two/**'];
  const unattended = datamart('product-datamart-day-two', day);
  printLoaded(unattended);
  const [stopped] = unattended.report.stopped;
  if (!stopped)
    throw new Error('The second day has no feed that waits: was it run before? `npm run demo` begins anew.');
  console.log(
    `\n${stopped.feed} has drifted and was not loaded. This change of its contract waits for a person:\n`,
  );
  shown(['catalog', 'show', stopped.change]);
  shown(['catalog', 'accept', stopped.change, '--by', 'demo']);
  const healed = datamart('product-datamart-healed', day);
  printLoaded(healed);
  console.log('\nAnd why is this price in the table?\n');
  const why = ['why', 'product_core.product.price_reference', '--key', 'product_id=pinegate:PG2016-C'];
  console.log(`$ npx aiworkflow ${why.join(' ')}`);
  console.log(aiworkflow(why).split('\nIn detail')[0], '\n(and all of it in detail)');
  console.log(`\n${unaccepted()}`);
}

/** What is published rests on it, and a reader of the last screen should not have to find that out. */
function unaccepted() {
  const feeds = parse(aiworkflow(['catalog', 'feeds', '--json']));
  const drafts = feeds.filter(({ status }) => status === 'draft');
  return `Accepted by nobody yet: the contracts of ${drafts.length} feeds and the mappings of ${feeds.length}, as the model wrote them.
Their rows are published all the same when they keep the rules of contracts/product.odcs.yaml. (npx aiworkflow catalog feeds)`;
}

/** The second day goes on from a first one that ended well. A lake alone does not say so: it is there from the first load on. */
function requireDayOne() {
  const runs = linesOf(['runs', '--workflow', 'product-datamart', '--limit', '1000', '--json']);
  const [published] = linesOf(['lake', 'history', 'product_core.product', '--limit', '1', '--json']);
  const writer = published?.keys?.['aiworkflow.run'];
  const run = writer === undefined ? runs[0] : runs.find(({ runId }) => runId === writer);
  if (writer !== undefined && run?.status === 'ok') return;
  console.error(whyNotDayTwo(run));
  process.exit(1);
}

function whyNotDayTwo(run) {
  const anew = '`npm run demo` begins anew, and keeps what is there.';
  if (run === undefined || run.status === 'ok')
    return `The lake in .aiworkflow/lake holds no first day that a run of the log has made. ${anew}`;
  const { runId, held } = run;
  // A process that was killed could not write that the run has ended.
  const status = run.status === 'running' && !held ? 'died' : run.status;
  if (status === 'running') return `The first day is under way: run ${runId}. Wait for its end.`;
  return `The first day is not complete: its run ${runId} has the status "${status}".
\`npx aiworkflow resume ${runId}\` goes on with it, and then \`npm run demo:day-two\`; or ${anew}`;
}

/** The lines of JSON that a command prints; none when it fails, as for a table that is not there yet. */
function linesOf(args) {
  const { status, stdout } = spawnSync(process.execPath, ['bin/aiworkflow.mjs', ...args], {
    stdio: ['inherit', 'pipe', 'ignore'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return status === 0 ? stdout.trim().split('\n').filter(Boolean).map(parse) : [];
}

/** Its first new feed is written, or its first table made: also by a second day that was interrupted. */
function hasBegunDayTwo() {
  return (
    existsSync('.aiworkflow/lake/product_raw/brennhaus_bmecat') ||
    (existsSync('.aiworkflow/feeds') &&
      readdirSync('.aiworkflow/feeds').some((name) => name.startsWith('brennhaus')))
  );
}

/** The recorded answers fit a run that begins with an empty lake. What an earlier run made is kept beside it. */
function setAside() {
  if (!state.some((name) => existsSync(`.aiworkflow/${name}`))) return;
  const kept = `.aiworkflow/before-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`;
  mkdirSync(kept, { recursive: true });
  for (const name of state)
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(`.aiworkflow/${name}${end}`))
        renameSync(`.aiworkflow/${name}${end}`, `${kept}/${name}${end}`);
  console.log(`The lake and the feeds of an earlier run are kept in ${kept}.\n`);
}

/** One run of the workflow, with its progress on the screen. */
function datamart(recording, more = []) {
  const report = parse(aiworkflow(['run', 'product-datamart', '--model', `recorded:${recording}`, ...more]));
  const [run] = aiworkflow(['runs', '--limit', '1', '--json']).split('\n').map(parse);
  return { report, run };
}

function shown(args) {
  console.log(`$ npx aiworkflow ${args.join(' ')}`);
  console.log(aiworkflow(args), '\n');
}

/** The command that a person would type; what it prints as its result is returned. */
function aiworkflow(args) {
  const { status, stdout } = spawnSync(process.execPath, ['bin/aiworkflow.mjs', ...args], {
    stdio: ['inherit', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout.trim();
}

function parse(text) {
  return JSON.parse(text);
}

/** What the lake says of its loads, not what the model says of them. */
function printLoaded({ report, run }) {
  const { response } = parse(aiworkflow(['show', run.runId, '--step', 'loads', '--result', '--json']));
  const rows = response
    .flat()
    .filter(({ file }) => file !== undefined)
    .map((load) => [load.file, load.rows_read, load.rows_loaded, load.rows_rejected, load.table]);
  const sum = (column) => rows.reduce((total, row) => total + row[column], 0);
  const heading = ['vendor file', 'rows in', 'loaded', 'rejected', 'table'];
  const total = ['', sum(1), sum(2), sum(3), '(what was rejected, and why: npx aiworkflow lake rejects)'];
  const lines = [heading, ...rows, total];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => String(line[column]).length)));
  const padded = (cell, column) =>
    column > 0 && column < 4 ? String(cell).padStart(widths[column]) : String(cell).padEnd(widths[column]);
  console.log(`\n${report.headline}\n`);
  for (const line of lines) console.log(line.map(padded).join('  ').trimEnd());
}

function printEnd({ report, run }) {
  console.log(`
${report.target}: ${report.rows_published} rows published, ${report.rows_set_aside} set aside in product_core.product_exception
product_core.product_offer: ${report.rows_offered} rows, each product in each region of contracts/policies/regions.yaml
${unaccepted()}
cost: nothing, the answers are recorded.  run: ${run.runId}

Look into it:
  npx aiworkflow show last
  npx aiworkflow show last --step discover
  npx aiworkflow why product_core.product.price_reference --key product_id=lumenhain:LH-10107
  npx aiworkflow why product_core.product_offer.price_net --key product_id=pinegate:PG2016-C --key region=britain
  npx aiworkflow lake rows product_core.product --where "price > 1000" --columns product_id,name,price
  npx aiworkflow lake rejects
  npx aiworkflow lake history product_core.product
  npx aiworkflow verify last
  sqlite3 .aiworkflow/audit.db "select * from model_calls"

The next day, with a vendor that is new and one whose file has changed its shape:
  npm run demo:day-two

With a key, the same file runs live:
  npx aiworkflow run product-datamart --model anthropic:claude-sonnet-5-5`);
}
