"""PyIceberg reads its own table after our writer changed it."""

import json
import sys

from pyiceberg.catalog import load_catalog

folder = sys.argv[1]
catalog = load_catalog("lake", type="sql", uri=f"sqlite:///{folder}/catalog.sqlite", warehouse=f"file://{folder}")
table = catalog.load_table("made.plain")
rows = sorted(table.scan().to_arrow().to_pylist(), key=lambda row: row["id"])
wanted = [{"id": 1, "size": {"w": 1}, "code": "a"}, {"id": 2, "size": {"w": 2}, "code": "b"}, {"id": 3, "size": None, "code": None}]
if rows != wanted:
    raise SystemExit(f"found {rows}, expected {wanted}")
print(f"ok {len(rows)} rows, {len(table.metadata.snapshots)} snapshots")
