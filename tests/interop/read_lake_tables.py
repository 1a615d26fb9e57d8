"""Reads the tables that make-lake-tables.ts had the lake's server write, with PyIceberg: by SQL catalog, by REST, by file."""

import json
import sys
from decimal import Decimal

from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import UnauthorizedError
from pyiceberg.table import StaticTable

folder, rest_url = sys.argv[1], sys.argv[2]
with open(f"{folder}/expected.json", encoding="utf-8") as file:
    expected = json.load(file)
warehouse = f"{folder}/lake"
catalogs = {
    "sql": load_catalog("lake", type="sql", uri=f"sqlite:///{warehouse}/catalog.sqlite", warehouse=f"file://{warehouse}"),
    "rest": load_catalog("rest", type="rest", uri=rest_url, token="interop"),
}


def equal(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, expected {wanted!r}")
    print(f"ok {what}")


def tables(name):
    for kind, catalog in catalogs.items():
        yield kind, catalog.load_table(f"product_raw.{name}")
    yield "file", StaticTable.from_metadata(catalogs["sql"].load_table(f"product_raw.{name}").metadata_location)


def count(table, row_filter):
    scan = table.scan(row_filter=row_filter)
    return scan.to_arrow().num_rows, len(list(scan.plan_files()))


def check_prices(kind, table):
    rows = table.scan().to_arrow().to_pylist()
    equal(f"{kind} rows", len(rows), int(expected["n"]))
    equal(f"{kind} sum of a renamed and widened column", sum(row["net_price"] for row in rows), Decimal(str(expected["prices"])))
    equal(f"{kind} sum of a widened column", sum(row["stock"] or 0 for row in rows), int(expected["stock"]))
    equal(f"{kind} values of an added column", sum(row["currency"] is not None for row in rows), int(expected["currencies"]))
    files = len(list(table.scan().plan_files()))
    for name, row_filter, wanted in [
        ("a hidden partition", "_vendor_name == 'acme / \"GmbH\" ü'", int(expected["acme"])),
        ("months and days", "changed_at >= '2024-03-01T00:00:00'", int(expected["march"])),
        ("a bucket", "sku == 'o7'", 1),
        ("a load", "_load_id is null", 0),
        ("what a rollback took away", "_vendor_name == 'wrong'", 0),
    ]:
        found, opened = count(table, row_filter)
        equal(f"{kind} filter on {name}", found, wanted)
        equal(f"{kind} filter on {name} leaves files out", opened < files, True)
    equal(f"{kind} is at the snapshot before the rollback", str(table.current_snapshot().snapshot_id), expected["right"])
    past = table.scan(snapshot_id=int(expected["first"])).to_arrow()
    equal(f"{kind} time travel", (past.num_rows, "price" in past.column_names), (int(expected["acme"]), True))
    equal(f"{kind} the snapshot that was rolled back", table.scan(snapshot_id=int(expected["wrong"])).to_arrow().num_rows, len(rows) + 2)
    summary = table.snapshot_by_id(int(expected["first"])).summary
    equal(f"{kind} summary", (summary["aiworkflow.tool"], summary["aiworkflow.rows-read"]), ("ingest", str(expected["loaded"]["rows_read"])))


def check_errors(kind, table):
    rows = sorted(table.scan().to_arrow().to_pylist(), key=lambda row: row["line"])
    equal(f"{kind} errors", len(rows), int(expected["errors"]["n"]))
    equal(f"{kind} columns of errors", ",".join(row["column_name"] for row in rows), expected["errors"]["columns"])
    equal(f"{kind} raw rows", min(row["raw_row"] for row in rows), expected["errors"]["raw"])
    equal(f"{kind} a filter on errors", count(table, "target_table == 'product_raw.prices'")[0], len(rows))


for kind, table in tables("prices"):
    check_prices(kind, table)
for kind, table in tables("ingest_errors"):
    check_errors(kind, table)
for kind, catalog in catalogs.items():
    equal(f"{kind} tables", sorted(catalog.list_tables("product_raw")), [("product_raw", "ingest_errors"), ("product_raw", "prices")])
try:
    load_catalog("rest", type="rest", uri=rest_url).list_namespaces()
    raise SystemExit("the REST catalog answered without its token")
except UnauthorizedError:
    print("ok the REST catalog wants its token")
try:
    catalogs["rest"].drop_table("product_raw.prices")
    raise SystemExit("the REST catalog dropped a table")
except Exception as refused:
    print(f"ok the REST catalog drops no table: {type(refused).__name__}")
equal("the table is still there", catalogs["rest"].table_exists("product_raw.prices"), True)
