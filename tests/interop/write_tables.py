"""Makes tables with PyIceberg for our reader, and writes down beside them what it must find."""

import json
import sys
import uuid
from datetime import date, datetime, time, timezone
from decimal import Decimal

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg.types import (
    BinaryType,
    DateType,
    DecimalType,
    DoubleType,
    FixedType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

folder = sys.argv[1]
catalog = load_catalog("lake", type="sql", uri=f"sqlite:///{folder}/catalog.sqlite", warehouse=f"file://{folder}")
catalog.create_namespace("made")

schema = Schema(
    NestedField(1, "id", IntegerType(), required=True),
    NestedField(2, "vendor", StringType()),
    NestedField(3, "seen", TimestamptzType()),
    NestedField(4, "price", DecimalType(9, 2)),
    NestedField(5, "size", StructType(NestedField(6, "w", IntegerType()), NestedField(7, "h", IntegerType()))),
    NestedField(8, "tags", ListType(9, StringType(), element_required=False)),
    NestedField(10, "code", FixedType(2)),
    NestedField(11, "ratio", DoubleType()),
)
spec = PartitionSpec(
    PartitionField(3, 1000, DayTransform(), "seen_day"),
    PartitionField(2, 1001, IdentityTransform(), "vendor"),
    PartitionField(1, 1002, BucketTransform(4), "id_bucket"),
)
table = catalog.create_table("made.products", schema, partition_spec=spec)


def rows(first, count):
    ids = range(first, first + count)
    return pa.Table.from_pylist(
        [
            {
                "id": i,
                "vendor": None if i % 5 == 0 else f"v {i % 3}/é",
                "seen": datetime(2024, 3, 1 + i % 4, 12, tzinfo=timezone.utc),
                "price": Decimal(i) / 4,
                "size": None if i % 7 == 0 else {"w": i, "h": -i},
                "tags": [f"t{i}", None] if i % 2 else [],
                "code": bytes([i % 256, 255]),
                "ratio": float("nan") if i % 11 == 0 else i / 3,
            }
            for i in ids
        ],
        schema=table.schema().as_arrow(),
    )


table.append(rows(0, 50))
first = table.current_snapshot().snapshot_id
table.append(rows(50, 50))
# Copy-on-write: files are rewritten without these rows.
table.delete("id >= 90")
with table.update_schema() as update:
    update.rename_column("price", "net_price")
    update.rename_column("size.w", "width")
    update.add_column("note", StringType())
    update.update_column("id", LongType())
    update.move_first("note")
table = catalog.load_table("made.products")
arrow = table.scan().to_arrow().to_pylist()


def text(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    if isinstance(value, (Decimal, date)):
        return str(value)
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [text(inner) for inner in value]
    return value


old = catalog.create_table("made.old", Schema(NestedField(1, "id", LongType())), properties={"format-version": "1"})
old.append(pa.table({"id": pa.array([1, 2, 3], pa.int64())}))

plain = catalog.create_table(
    "made.plain",
    Schema(
        NestedField(1, "id", LongType()),
        NestedField(2, "size", StructType(NestedField(3, "w", IntegerType()))),
        NestedField(4, "code", StringType()),
    ),
    partition_spec=PartitionSpec(PartitionField(1, 1000, BucketTransform(3), "id_bucket")),
)
plain.append(pa.Table.from_pylist([{"id": 1, "size": {"w": 1}, "code": "a"}], schema=plain.schema().as_arrow()))

# A file for each row, so that each has bounds of its own; nulls in all columns but the first.
bounds = catalog.create_table(
    "made.bounds",
    Schema(
        NestedField(1, "id", IntegerType(), required=True),
        NestedField(2, "l", LongType()),
        NestedField(3, "small", DecimalType(10, 2)),
        NestedField(4, "large", DecimalType(38, 9)),
        NestedField(5, "day", DateType()),
        NestedField(6, "clock", TimeType()),
        NestedField(7, "ts", TimestampType()),
        NestedField(8, "tz", TimestamptzType()),
        NestedField(9, "s", StringType()),
        NestedField(10, "b", BinaryType()),
        NestedField(11, "u", UUIDType()),
        NestedField(
            12,
            "st",
            StructType(
                NestedField(13, "a", IntegerType()),
                NestedField(14, "inner", ListType(15, StructType(NestedField(16, "x", DecimalType(6, 3))), element_required=False)),
            ),
        ),
        NestedField(17, "ma", MapType(18, StringType(), 19, ListType(20, LongType(), element_required=False), value_required=False)),
    ),
)
large = "99999999999999999999999999999.999999999"
for row in (
    {
        "id": 1,
        "l": 2**63 - 1,
        "small": Decimal("99999999.99"),
        "large": Decimal(large),
        "day": date(9999, 12, 31),
        "clock": time(23, 59, 59, 999999),
        "ts": datetime(9999, 12, 31, 23, 59, 59, 999999),
        "tz": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc),
        "s": "a/b c=ü 😀",
        "b": b"\xaa\x00",
        "u": uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7").bytes,
        "st": {"a": 1, "inner": [{"x": Decimal("1.500")}, None]},
        "ma": [("k", [1, None]), ("n", None)],
    },
    {
        "id": 2,
        "l": -(2**63),
        "small": Decimal("-99999999.99"),
        "large": Decimal(f"-{large}"),
        "day": date(1, 1, 1),
        "clock": time(0),
        "ts": datetime(1, 1, 1),
        "tz": datetime(1, 1, 1, tzinfo=timezone.utc),
        "s": "",
        "b": b"",
        "u": uuid.UUID(int=0).bytes,
        "st": {"a": None, "inner": []},
        "ma": [],
    },
    {"id": 3},
):
    bounds.append(pa.Table.from_pylist([row], schema=bounds.schema().as_arrow()))

with open(f"{folder}/made.json", "w", encoding="utf-8") as file:
    json.dump({"rows": [text(row) for row in arrow], "first_snapshot": str(first)}, file)
print(len(arrow), first)
