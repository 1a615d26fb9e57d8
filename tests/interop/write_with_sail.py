"""Makes a table with Sail for our reader: decimals and timestamps at their bounds, nulls, nested types; entered into the catalog by PyIceberg."""

import sys

from pyiceberg.catalog import load_catalog
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

folder = sys.argv[1]
place = f"file://{folder}/made/sailed"
large = "99999999999999999999999999999.999999999"

server = SparkConnectServer()
server.start()
_, port = server.listening_address
spark = SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")


def row(*values):
    names = ("id", "l", "small", "large", "day", "clock", "ts", "tz", "s", "b", "st", "ma")
    types = (
        "INT",
        "BIGINT",
        "DECIMAL(10,2)",
        "DECIMAL(38,9)",
        "DATE",
        "TIME",
        "TIMESTAMP_NTZ",
        "TIMESTAMP",
        "STRING",
        "BINARY",
        "STRUCT<a: INT, inner: ARRAY<STRUCT<x: DECIMAL(6,3)>>>",
        "MAP<STRING, ARRAY<BIGINT>>",
    )
    columns = (f"CAST({value} AS {type_}) AS {name}" for value, type_, name in zip(values, types, names, strict=True))
    return f"SELECT {', '.join(columns)}"


rows = (
    row(
        1,
        "9223372036854775807",
        "'99999999.99'",
        f"'{large}'",
        "'9999-12-31'",
        "'23:59:59.999999'",
        "'9999-12-31 23:59:59.999999'",
        "'9999-12-31 23:59:59.999999'",
        "'a/b c=ü 😀'",
        "X'AA00'",
        "named_struct('a', 1, 'inner', array(named_struct('x', CAST('1.500' AS DECIMAL(6,3))), NULL))",
        "map('k', array(1L, NULL), 'n', NULL)",
    ),
    row(
        2,
        "'-9223372036854775808'",
        "'-99999999.99'",
        f"'-{large}'",
        "'0001-01-01'",
        "'00:00:00'",
        "'0001-01-01 00:00:00'",
        "'0001-01-01 00:00:00'",
        "''",
        "X''",
        "named_struct('a', NULL, 'inner', array())",
        "map()",
    ),
    row(3, *["NULL"] * 11),
)
# A column that has no null in the first write is required from then on: all rows at once, and one behind them.
for mode, selects in (("overwrite", rows), ("append", [row(4, *["NULL"] * 11)])):
    frame = spark.sql(" UNION ALL ".join(selects))
    frame.write.format("iceberg").mode(mode).save(place)
spark.stop()
server.stop()

with open(f"{folder}/made/sailed/metadata/version-hint.text", encoding="utf-8") as file:
    version = file.read().strip()
catalog = load_catalog("lake", type="sql", uri=f"sqlite:///{folder}/catalog.sqlite", warehouse=f"file://{folder}")
catalog.create_namespace_if_not_exists("made")
catalog.register_table("made.sailed", f"{place}/metadata/v{version}.metadata.json")
print(f"ok version {version}")
