"""Reads the tables that make-tables.ts wrote, with PyIceberg: by file, by SQL catalog, by REST."""

import json
import sys
from datetime import date, datetime, time, timezone
from decimal import Decimal

from pyiceberg.catalog import load_catalog
from pyiceberg.table import StaticTable

folder, rest_url = sys.argv[1], sys.argv[2]
with open(f"{folder}/expected.json", encoding="utf-8") as file:
    expected = json.load(file)

catalogs = {
    "sql": load_catalog("lake", type="sql", uri=f"sqlite:///{folder}/catalog.sqlite", warehouse=f"file://{folder}"),
    "rest": load_catalog("rest", type="rest", uri=rest_url),
}


def equal(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, expected {wanted!r}")
    print(f"ok {what}")


def tables(name):
    for kind, catalog in catalogs.items():
        yield kind, catalog.load_table(f"demo.{name}")
    yield "file", StaticTable.from_metadata(catalogs["sql"].load_table(f"demo.{name}").metadata_location)


def check_types(kind, table):
    rows = {row["id"]: row for row in table.scan().to_arrow().to_pylist()}
    wanted = {
        "flag": (True, False, None),
        "l": (9223372036854775807, -9223372036854775808, None),
        "f": (3.4028234663852886e38, -1.5, None),
        "d": (0.1, float("-inf"), None),
        "small": (Decimal("99999999.99"), Decimal("-99999999.99"), None),
        "large": (Decimal("99999999999999999999999999999.999999999"), Decimal("-99999999999999999999999999999.999999999"), None),
        "day": (date(1, 1, 1), date(9999, 12, 31), None),
        "clock": (time(23, 59, 59, 999999), time(0), None),
        "ts": (datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(1, 1, 1), None),
        "tz": (
            datetime(2024, 2, 29, 10, 0, 0, 1, tzinfo=timezone.utc),
            datetime(1960, 1, 1, tzinfo=timezone.utc),
            None,
        ),
        "s": ("a/b c=ü 😀", "", None),
        "b": (b"\xaa\x00", b"", None),
        "st": ({"a": 1, "x": "y"}, {"a": None, "x": None}, None),
        "li": ([1, None, 3], [], None),
        "ma": ([("k", Decimal("1.500"))], [], None),
    }
    for column, values in wanted.items():
        equal(f"{kind} {column}", tuple(rows[number][column] for number in (1, 2, 3)), values)
    uuids = [str(rows[number]["u"]) for number in (1, 2)]
    equal(f"{kind} u", uuids, ["f79c3e09-677c-4bbd-a479-3f349cb785e7", "00000000-0000-0000-0000-000000000000"])
    for filter_, count in {
        "s == 'a/b c=ü 😀'": 1,
        "small < 0": 1,
        "large > 0": 1,
        "day > '2000-01-01'": 1,
        "ts < '1000-01-01T00:00:00'": 1,
        "l is null": 1,
        "id >= 2": 2,
        "u == 'f79c3e09-677c-4bbd-a479-3f349cb785e7'": 1,
    }.items():
        equal(f"{kind} {filter_}", table.scan(row_filter=filter_).to_arrow().num_rows, count)


def check_sales(kind, table):
    rows = table.scan().to_arrow().to_pylist()
    equal(f"{kind} rows", len(rows), expected["count"])
    equal(f"{kind} sum of ids", sum(row["id"] for row in rows), expected["id_sum"])
    equal(f"{kind} sum of prices", str(sum(row["net_price"] for row in rows)), expected["price_sum"])
    equal(f"{kind} vendors", sum(row["vendor"] is not None for row in rows), expected["vendors"])
    equal(f"{kind} notes", sum(row["note"] is not None for row in rows), expected["notes"])
    since = table.scan(row_filter="sold_at >= '2024-01-05T00:00:00+00:00'")
    equal(f"{kind} filter on days and months", since.to_arrow().num_rows, expected["since_fifth"])
    one = table.scan(row_filter="id == 150")
    equal(f"{kind} filter on a bucket", [row["note"] for row in one.to_arrow().to_pylist()], ["n150"])
    equal(f"{kind} the filter leaves files out", len(list(one.plan_files())) < len(list(table.scan().plan_files())), True)
    nulls = table.scan(row_filter="vendor is null").to_arrow().num_rows
    equal(f"{kind} nulls in a partition", nulls, expected["count"] - expected["vendors"])
    past = table.scan(snapshot_id=int(expected["first_snapshot"])).to_arrow()
    equal(f"{kind} time travel", (past.num_rows, past.column_names), (100, ["id", "vendor", "sold_at", "price"]))
    summary = table.snapshot_by_id(int(expected["first_snapshot"])).summary
    equal(f"{kind} summary", summary["aiworkflow.run-id"], "run-1")


def check_evolved(kind, table):
    wanted = expected["evolved"]
    columns = [(field.name, field.required) for field in table.schema().fields]
    equal(
        f"{kind} a dropped, a moved and a made-optional column",
        columns,
        [("price", False), ("id", True), ("code", False), ("seen", False), ("made", False)],
    )
    rows = table.scan().to_arrow().to_pylist()
    check_totals(kind, rows, wanted, counted="seen")
    equal(f"{kind} codes that are null", sum(row["code"] is None for row in rows), 12)
    spec = [str(field.transform) for field in table.spec().fields]
    equal(f"{kind} partitions", spec, ["hour", "year"])
    for what, filter_ in {
        "in_hours": "seen >= '1969-12-31T23:15:00+00:00' and seen < '1970-01-01T01:15:00+00:00'",
        "in_years": "made < '1970-01-01T00:00:00'",
    }.items():
        scan = table.scan(row_filter=filter_)
        equal(f"{kind} {what} before and after 1970", scan.to_arrow().num_rows, wanted[what])
        equal(f"{kind} {what} leaves files out", len(list(scan.plan_files())) < len(list(table.scan().plan_files())), True)
    past = table.scan(snapshot_id=int(wanted["before"])).to_arrow()
    equal(f"{kind} before the changes", (past.num_rows, past.column_names), (24, ["id", "code", "gone", "seen", "made", "price"]))
    equal(f"{kind} the dropped column then", past.sort_by("id").column("gone").to_pylist(), [f"old{i}" for i in range(24)])


def check_replaced(kind, table):
    rows = table.scan().to_arrow().to_pylist()
    check_totals(kind, rows, expected["replaced"], counted="vendor")
    equal(f"{kind} a full overwrite, then one of a partition", sorted({row["id"] for row in rows}), [*range(100, 120, 2), 500, 501, 502])
    equal(f"{kind} operations", [snapshot.summary.operation.value for snapshot in table.metadata.snapshots], ["append", "overwrite", "overwrite"])
    past = table.scan(snapshot_id=int(expected["replaced"]["before"])).to_arrow()
    equal(f"{kind} before the overwrites", past.num_rows, 60)


def check_totals(kind, rows, wanted, counted):
    found = (len(rows), sum(row["id"] for row in rows), str(sum(row["price"] for row in rows)), sum(row[counted] is not None for row in rows))
    equal(f"{kind} {counted} counts and sums", found, tuple(wanted[key] for key in ("count", "id_sum", "price_sum", "counted")))


for kind, table in tables("types"):
    check_types(kind, table)
for kind, table in tables("sales"):
    check_sales(kind, table)
for kind, table in tables("evolved"):
    check_evolved(kind, table)
for kind, table in tables("replaced"):
    check_replaced(kind, table)
names = [("demo", name) for name in ("evolved", "replaced", "sales", "types")]
equal("rest namespaces", catalogs["rest"].list_namespaces(), [("demo",)])
equal("rest tables", sorted(catalogs["rest"].list_tables("demo")), names)
equal("rest table exists", catalogs["rest"].table_exists("demo.sales"), True)
equal("rest table absent", catalogs["rest"].table_exists("demo.nothing"), False)
equal("sql tables", sorted(catalogs["sql"].list_tables("demo")), names)

# PyIceberg goes on writing where we stopped: the next read is ours.
import pyarrow as pa

sales = catalogs["sql"].load_table("demo.sales")
sales.append(
    pa.table(
        {
            "id": pa.array([9001], pa.int64()),
            "note": ["from pyiceberg"],
            "vendor": ["v/9 ü"],
            "sold_at": pa.array([datetime(2024, 5, 1, tzinfo=timezone.utc)], pa.timestamp("us", tz="UTC")),
            "net_price": pa.array([Decimal("7.25")], pa.decimal128(12, 2)),
        }
    )
)
equal("pyiceberg appends to our table", sales.scan().to_arrow().num_rows, expected["count"] + 1)
print("done")
