"""Reads the tables that make-tables.ts wrote with Sail: an engine in Rust that shares no code with DuckDB or PyIceberg."""

import json
import sys

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
    "SELECT id, l, CAST(small AS STRING) AS small, CAST(large AS STRING) AS large, CAST(day AS STRING) AS day, s, st.x AS x, li, d FROM types ORDER BY id"
).collect()
equal("sail longs", [row.l for row in rows], [9223372036854775807, -9223372036854775808, None])
equal("sail decimals", [row.small for row in rows], ["99999999.99", "-99999999.99", None])
large = "99999999999999999999999999999.999999999"
equal("sail large decimals", [row.large for row in rows], [large, f"-{large}", None])
equal("sail dates", [row.day for row in rows], ["0001-01-01", "9999-12-31", None])
equal("sail texts", [row.s for row in rows], ["a/b c=ü 😀", "", None])
equal("sail fields of a struct", [row.x for row in rows], ["y", None, None])
equal("sail lists", [row.li for row in rows], [[1, None, 3], [], None])
past = spark.read.format("iceberg").option("snapshotId", expected["first_snapshot"]).load(f"file://{folder}/demo/sales")
equal("sail time travel", past.count(), 100)
spark.stop()
server.stop()
