"""Reads the tables that make-lake-tables.ts had the lake's server write, with Sail."""

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
place = f"file://{folder}/lake/product_raw"

spark.read.format("iceberg").load(f"{place}/prices").createOrReplaceTempView("prices")
row = spark.sql(
    """SELECT count(*) AS n, CAST(sum(net_price) AS STRING) AS prices, sum(stock) AS stock, count(currency) AS currencies,
         count_if(changed_at >= TIMESTAMP '2024-03-01 00:00:00') AS march FROM prices"""
).collect()[0]
equal("sail rows, sums and a filter", (row.n, row.stock, row.currencies, row.march), tuple(int(expected[key]) for key in ("n", "stock", "currencies", "march")))
equal("sail sum of a renamed and widened column", float(row.prices), float(expected["prices"]))
hidden = spark.sql("SELECT count(*) AS n FROM prices WHERE _vendor_name = 'acme / \"GmbH\" ü'").collect()[0].n
equal("sail filter on a hidden partition", hidden, int(expected["acme"]))
equal("sail filter on a bucket", spark.sql("SELECT count(*) AS n FROM prices WHERE sku = 'o7'").collect()[0].n, 1)
past = spark.read.format("iceberg").option("snapshotId", expected["first"]).load(f"{place}/prices")
equal("sail time travel", past.count(), int(expected["acme"]))
errors = spark.read.format("iceberg").load(f"{place}/ingest_errors")
equal("sail errors", errors.count(), int(expected["errors"]["n"]))
spark.stop()
server.stop()
