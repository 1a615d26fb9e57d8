import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestEntry, ManifestFile } from '../avro/data-file.ts';
import { encodeManifest } from '../avro/encode-manifest.ts';
import { encodeManifestList, type ManifestListContent } from '../avro/manifest-list.ts';
import { summarizeEntries } from '../avro/summarize-entries.ts';
import { writeDurably } from '../files/durable-files.ts';
import { locationOf, pathOf } from '../files/locations.ts';
import { currentSchema } from '../metadata/read-metadata.ts';
import type { SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { partitionsOf, specOf } from '../read/live-files.ts';

/** Writes manifests and lists into a table's folder, and remembers them in case that they are not needed after all. */
export class ManifestWriter {
  readonly #folder: string;
  readonly #snapshotId: SnapshotId;
  readonly #written: string[] = [];

  constructor(metadata: TableMetadata, snapshotId: SnapshotId) {
    this.#folder = join(pathOf(metadata.location), 'metadata');
    this.#snapshotId = snapshotId;
  }

  /** @param about.sequenceNumber that of the commit that will name the manifest */
  async writeManifest(
    entries: readonly ManifestEntry[],
    about: { metadata: TableMetadata; specId: number; content: 0 | 1; sequenceNumber: number },
  ): Promise<ManifestFile> {
    const { metadata, specId, content } = about;
    const partitions = partitionsOf(metadata, specId);
    const spec = specOf(metadata, specId);
    const bytes = encodeManifest({ schema: currentSchema(metadata), spec, partitions, content, entries });
    return {
      location: await this.#write(`${randomUUID()}-m.avro`, bytes),
      lengthBytes: bytes.length,
      sequenceNumber: about.sequenceNumber,
      addedSnapshotId: this.#snapshotId,
      ...summarizeEntries(entries, { ...about, partitions }),
    };
  }

  async writeList(list: ManifestListContent): Promise<string> {
    return this.#write(`snap-${list.snapshotId}-${randomUUID()}.avro`, encodeManifestList(list));
  }

  /** Removes what was written for an attempt that lost, except what the winner names. */
  async discard(kept: ReadonlySet<string> = new Set()): Promise<void> {
    for (const path of this.#written) {
      if (!kept.has(locationOf(path))) await rm(path, { force: true });
    }
  }

  async #write(name: string, bytes: Buffer): Promise<string> {
    const path = join(this.#folder, name);
    await writeDurably(path, bytes);
    this.#written.push(path);
    return locationOf(path);
  }
}
