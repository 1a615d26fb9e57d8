"""Reads the tables that make-tables.ts wrote with Sail: an engine in Rust that shares no code with DuckDB or PyIceberg."""

import json
import sys
from datetime import datetime, time
from decimal import Decimal

from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

folder = sys.argv[1]
with open(f"{folder}/expected.json", encoding="utf-8") as file:
    expected = json.load(file)


def equal(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, expected {wanted!r}")
    print(f"ok {what}")


server = SparkConnectServer()
server.start()
_, port = server.listening_address
spark = SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")

spark.read.format("iceberg").load(f"file://{folder}/demo/sales").createOrReplaceTempView("sales")
row = spark.sql(
    "SELECT count(*) AS n, sum(id) AS ids, CAST(sum(net_price) AS STRING) AS prices, count(vendor) AS vendors, count(note) AS notes FROM sales"
).collect()[0]
wanted = tuple(expected[key] for key in ("count", "id_sum", "price_sum", "vendors", "notes"))
equal("sail counts and sums", (row.n, row.ids, row.prices, row.vendors, row.notes), wanted)
since = spark.sql("SELECT count(*) AS n FROM sales WHERE sold_at >= TIMESTAMP '2024-01-05 00:00:00'").collect()[0].n
equal("sail filter on days and months", since, expected["since_fifth"])
equal("sail filter on a bucket", spark.sql("SELECT note FROM sales WHERE id = 150").collect()[0].note, "n150")

spark.read.format("iceberg").load(f"file://{folder}/demo/types").createOrReplaceTempView("types")
rows = spark.sql(
    """SELECT id, flag, l, f, d, CAST(small AS STRING) AS small, CAST(large AS STRING) AS large, CAST(day AS STRING) AS day, clock, ts, tz,
    s, hex(u) AS u, b, st.x AS x, li, ma FROM types ORDER BY id"""
).collect()
equal("sail longs", [row.l for row in rows], [9223372036854775807, -9223372036854775808, None])
equal("sail decimals", [row.small for row in rows], ["99999999.99", "-99999999.99", None])
large = "99999999999999999999999999999.999999999"
equal("sail large decimals", [row.large for row in rows], [large, f"-{large}", None])
equal("sail dates", [row.day for row in rows], ["0001-01-01", "9999-12-31", None])
equal("sail texts", [row.s for row in rows], ["a/b c=ü 😀", "", None])
equal("sail fields of a struct", [row.x for row in rows], ["y", None, None])
equal("sail lists", [row.li for row in rows], [[1, None, 3], [], None])
equal("sail booleans", [row.flag for row in rows], [True, False, None])
equal("sail floats", [row.f for row in rows], [3.4028234663852886e38, -1.5, None])
equal("sail doubles", [row.d for row in rows], [0.1, float("-inf"), None])
equal("sail times", [row.clock for row in rows], [time(23, 59, 59, 999999), time(0), None])
equal("sail timestamps", [row.ts for row in rows], [datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(1, 1, 1), None])
# Its moments come in the session's zone, UTC here, and do not say so.
equal("sail moments", [row.tz for row in rows], [datetime(2024, 2, 29, 10, 0, 0, 1), datetime(1960, 1, 1), None])
# It has no type of UUIDs: they are 16 bytes to it, and no text can be made of them.
equal("sail uuids", [row.u for row in rows], ["F79C3E09677C4BBDA4793F349CB785E7", "0" * 32, None])
equal("sail bytes", [row.b for row in rows], [b"\xaa\x00", b"", None])
equal("sail maps", [row.ma for row in rows], [{"k": Decimal("1.500")}, {}, None])
# Filters at the bounds, so that bounds in the manifests that are wrong leave rows out.
for condition in (
    "small = 99999999.99",
    "small = -99999999.99",
    f"large = CAST('{large}' AS DECIMAL(38,9))",
    f"large <= CAST('-{large}' AS DECIMAL(38,9))",
    "day <= DATE '0001-01-01'",
    "day >= DATE '9999-12-31'",
    "ts >= TIMESTAMP_NTZ '9999-12-31 23:59:59.999999'",
    "ts <= TIMESTAMP_NTZ '0001-01-01 00:00:00'",
    "tz >= TIMESTAMP '2024-02-29 10:00:00.000001'",
    "tz <= TIMESTAMP '1960-01-01 00:00:00'",
    "d < -1e308",
    "l = 9223372036854775807",
    "b = X'AA00'",
):
    equal(f"sail {condition}", spark.sql(f"SELECT count(*) AS n FROM types WHERE {condition}").collect()[0].n, 1)


def check_totals(name, counted, wanted):
    spark.read.format("iceberg").load(f"file://{folder}/demo/{name}").createOrReplaceTempView(name)
    row = spark.sql(
        f"SELECT count(*) AS n, sum(id) AS ids, CAST(sum(price) AS STRING) AS prices, count({counted}) AS counted FROM {name}"
    ).collect()[0]
    found = (row.n, row.ids, row.prices, row.counted)
    equal(f"sail {name} counts and sums", found, tuple(wanted[key] for key in ("count", "id_sum", "price_sum", "counted")))


evolved = expected["evolved"]
check_totals("evolved", "seen", evolved)
equal("sail columns that were dropped and moved", spark.table("evolved").columns, ["price", "id", "code", "seen", "made"])
equal("sail a column that may be empty now", spark.sql("SELECT count(*) AS n FROM evolved WHERE code IS NULL").collect()[0].n, 12)
for what, condition in {
    "in_hours": "seen >= TIMESTAMP '1969-12-31 23:15:00' AND seen < TIMESTAMP '1970-01-01 01:15:00'",
    "in_years": "made < TIMESTAMP_NTZ '1970-01-01 00:00:00'",
}.items():
    equal(f"sail {what}", spark.sql(f"SELECT count(*) AS n FROM evolved WHERE {condition}").collect()[0].n, evolved[what])
check_totals("replaced", "vendor", expected["replaced"])
ids = [row.id for row in spark.sql("SELECT id FROM replaced ORDER BY id").collect()]
equal("sail a full overwrite, then one of a partition", ids, [*range(100, 120, 2), 500, 501, 502])
past = spark.read.format("iceberg").option("snapshotId", expected["first_snapshot"]).load(f"file://{folder}/demo/sales")
equal("sail time travel", past.count(), 100)
past = spark.read.format("iceberg").option("snapshotId", evolved["before"]).load(f"file://{folder}/demo/evolved")
equal("sail before the changes", past.count(), 24)
spark.stop()
server.stop()
