/**
 * Works on the items of a stream with several workers at once and gives the results in the order of the items. While all
 * workers are busy the next item is fetched; a worker that is free waits until the one whose item came first is done.
 * Ends when all work has ended, also after a failure or when nobody takes more.
 */
export async function* inOrder<Item, Worker, Result>(
  items: AsyncIterable<Item>,
  {
    workers,
    work,
  }: {
    workers: readonly [Worker, ...Worker[]];
    work: (item: Item, worker: Worker) => Promise<Result>;
  },
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  let count = 0;
  const begin = (item: Item): void => {
    const result = work(item, workers[count % workers.length] ?? workers[0]);
    // It is awaited when its turn comes; until then nobody listens for its failure.
    result.catch(() => undefined);
    begun.push(result);
    count += 1;
  };
  try {
    for await (const item of items) {
      // The first of them has the worker whose turn is next.
      const ended = begun.length === workers.length ? [await (begun.shift() as Promise<Result>)] : [];
      begin(item);
      yield* ended;
    }
    for (let next = begun.shift(); next; next = begun.shift()) yield await next;
  } finally {
    await Promise.allSettled(begun);
  }
}
