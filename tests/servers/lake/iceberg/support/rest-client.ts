import { entryStatus } from '../../../../../src/servers/lake/iceberg/avro/data-file.ts';
import { ManifestWriter } from '../../../../../src/servers/lake/iceberg/commit/manifest-writer.ts';
import type { Warehouse } from '../../../../../src/servers/lake/iceberg/index.ts';
import { readMetadata } from '../../../../../src/servers/lake/iceberg/metadata/read-metadata.ts';
import type { TableMetadata } from '../../../../../src/servers/lake/iceberg/metadata/table-metadata.ts';
import { readManifestList } from '../../../../../src/servers/lake/iceberg/read/live-files.ts';
import { targetOf, writeDataFiles } from '../../../../../src/servers/lake/iceberg/write/write-data-files.ts';

/** What is asserted of an answer's body. */
export type Json = Record<string, unknown>;

export interface RestClient {
  /** JSON bodies as text: 63-bit ids are numbers in it. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string; body: Json }>;
  /** The error's type and message. */
  refusal(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<[status: number, type: string, message: string]>;
  metadata(table: string): Promise<TableMetadata>;
  commit(
    table: string,
    of: { requirements?: readonly unknown[]; updates: readonly unknown[] },
  ): ReturnType<RestClient['ask']>;
}

export function restClient(url: string, token = 's3cret'): RestClient {
  const ask: RestClient['ask'] = async (method, path, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'user-agent': 'PyIceberg/0.12.0' },
      ...(body !== undefined && { body: text }),
    });
    const answered = await response.text();
    return {
      status: response.status,
      text: answered,
      body: answered === '' ? {} : (JSON.parse(answered) as Json),
    };
  };
  const pathOfTable = (table: string) => `/namespaces/${table.split('.')[0]}/tables/${table.split('.')[1]}`;
  return {
    ask,
    refusal: async (method, path, body) => {
      const { status, body: answered } = await ask(method, path, body);
      const error = answered['error'] as { type: string; message: string } | undefined;
      return [status, error?.type ?? '', error?.message ?? ''];
    },
    metadata: async (table) => {
      const { text } = await ask('GET', pathOfTable(table));
      return readMetadata(/"metadata":(\{.*\}),"config"/s.exec(text)?.[1] ?? '', table);
    },
    commit: (table, { requirements = [], updates }) =>
      ask('POST', pathOfTable(table), printIds({ requirements, updates })),
  };
}

/** Ids are texts here and numbers in the protocol. */
function printIds(body: unknown): string {
  return JSON.stringify(body).replace(/"((?:parent-)?snapshot-id)":"(\d+)"/g, '"$1":$2');
}

export interface ClientAppend {
  readonly requirements: Json[];
  readonly updates: Json[];
}

/** What a client sends that has written rows: files, a manifest, a list, and then the snapshot that names them. */
export async function appendOfClient(
  warehouse: Warehouse,
  { metadata, select, snapshot = {} }: { metadata: TableMetadata; select: string; snapshot?: Json },
): Promise<ClientAppend> {
  const files = await writeDataFiles(warehouse.engine, { target: targetOf(metadata), select });
  const id = warehouse.newSnapshotId();
  const [parent, sequenceNumber] = [metadata['current-snapshot-id'], metadata['last-sequence-number'] + 1];
  const writer = new ManifestWriter(metadata, id);
  const entries = files.map((file) => ({
    status: entryStatus.added,
    snapshotId: id,
    sequenceNumber,
    fileSequenceNumber: sequenceNumber,
    file,
  }));
  const about = { metadata, specId: metadata['default-spec-id'], content: 0, sequenceNumber } as const;
  const before = metadata.snapshots.find((known) => known['snapshot-id'] === parent);
  const manifests = [await writer.writeManifest(entries, about), ...(await readManifestList(before))];
  const list = await writer.writeList({
    snapshotId: id,
    parentSnapshotId: parent,
    sequenceNumber,
    manifests,
  });
  const rows = files.reduce((sum, file) => sum + file.recordCount, 0);
  const total = rows + Number(before?.summary['total-records'] ?? 0);
  return {
    requirements: [
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': parent ?? null },
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
    ],
    updates: [
      {
        action: 'add-snapshot',
        snapshot: {
          'snapshot-id': id,
          ...(parent !== undefined && { 'parent-snapshot-id': parent }),
          'sequence-number': sequenceNumber,
          'timestamp-ms': Date.now(),
          'manifest-list': list,
          summary: { operation: 'append', 'added-records': String(rows), 'total-records': String(total) },
          'schema-id': metadata['current-schema-id'],
          ...snapshot,
        },
      },
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': id },
    ],
  };
}
