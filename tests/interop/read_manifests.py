"""Reads the manifests of the tables that make-tables.ts wrote with fastavro, and checks what the specification asks for."""

import json
import sys
from glob import glob

import fastavro

folder = sys.argv[1]
count = 0
for path in glob(f"{folder}/demo/*/metadata/*-m.avro"):
    with open(path, "rb") as file:
        reader = fastavro.reader(file)
        entries = list(reader)
        metadata = reader.metadata
        schema = json.loads(metadata["avro.schema"])
    ids = {field["name"]: field["field-id"] for field in schema["fields"]}
    assert ids == {"status": 0, "snapshot_id": 1, "sequence_number": 3, "file_sequence_number": 4, "data_file": 2}, ids
    assert metadata["format-version"] == "2" and metadata["content"] == "data", metadata
    fields = {field["name"]: field for field in schema["fields"][-1]["type"]["fields"]}
    partition = fields["partition"]["type"]["fields"]
    assert [field["field-id"] for field in partition] == sorted(field["field-id"] for field in partition)
    assert all(field["field-id"] >= 1000 for field in partition), partition
    assert fields["lower_bounds"]["type"][1]["logicalType"] == "map"
    for entry in entries:
        assert (entry["sequence_number"] is None) == (entry["status"] == 1), entry
        count += 1
for path in glob(f"{folder}/demo/*/metadata/snap-*.avro"):
    with open(path, "rb") as file:
        for manifest in fastavro.reader(file):
            assert manifest["min_sequence_number"] <= manifest["sequence_number"], manifest
            count += 1
print(f"ok {count} entries of manifests and lists")
assert count > 50
