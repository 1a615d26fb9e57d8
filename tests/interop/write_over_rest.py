"""PyIceberg makes and changes tables over the REST catalog that `aiworkflow server lake --rest --rest-writes` serves."""

import sys
from datetime import date
from decimal import Decimal

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException, ForbiddenError, NamespaceNotEmptyError, TableAlreadyExistsError
from pyiceberg.expressions import EqualTo
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import DateType, DecimalType, ListType, LongType, NestedField, StringType

url = sys.argv[1]
catalog = load_catalog("lake", type="rest", uri=url, token="interop")

arrow = pa.schema([
    pa.field("id", pa.int64(), nullable=False),
    pa.field("vendor", pa.string()),
    pa.field("price", pa.decimal128(10, 2)),
    pa.field("day", pa.date32()),
    pa.field("tags", pa.list_(pa.string())),
])


def rows(*values):
    names = [field.name for field in arrow]
    return pa.Table.from_pylist([dict(zip(names, value)) for value in values], schema=arrow)


def refused(error, work):
    try:
        work()
    except error as raised:
        return str(raised)
    raise AssertionError(f"not refused with {error.__name__}")


catalog.create_namespace("gold")
schema = Schema(
    NestedField(1, "id", LongType(), required=True),
    NestedField(2, "vendor", StringType()),
    NestedField(3, "price", DecimalType(10, 2)),
    NestedField(4, "day", DateType()),
    NestedField(5, "tags", ListType(6, StringType(), element_required=False)),
    identifier_field_ids=[1],
)
spec = PartitionSpec(
    PartitionField(source_id=2, field_id=1000, transform=IdentityTransform(), name="vendor"),
    PartitionField(source_id=4, field_id=1001, transform=DayTransform(), name="day_day"),
)
table = catalog.create_table("gold.prices", schema, partition_spec=spec, properties={"owner": "interop"})
assert table.properties["owner"] == "interop"
refused(TableAlreadyExistsError, lambda: catalog.create_table("gold.prices", schema))

# One writer, and a second that has not seen what the first one wrote.
late = catalog.load_table("gold.prices")
table.append(rows((1, "acme", Decimal("1.10"), date(2026, 1, 1), ["a"]), (2, "bolt", Decimal("2.20"), date(2026, 1, 2), [])))
stale = late.metadata.current_snapshot_id
assert stale is None
try:
    with late.transaction() as transaction:
        transaction.append(rows((3, "acme", Decimal("3.30"), date(2026, 1, 3), None)))
    conflict = "made again by PyIceberg"
except CommitFailedException as raised:
    conflict = f"refused: {raised}"
    late.refresh()
    late.append(rows((3, "acme", Decimal("3.30"), date(2026, 1, 3), None)))
print("a writer that came second was", conflict)

table.refresh()
assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [1, 2, 3], table.scan().to_arrow()

with table.update_schema() as update:
    update.add_column("currency", StringType(), doc="ISO 4217")
    update.rename_column("price", "amount")
with table.update_spec() as update:
    update.add_field("id", "bucket[4]", "id_bucket")

wider = pa.table({
    "id": pa.array([2, 4], pa.int64()),
    "vendor": pa.array(["bolt", "bolt"]),
    "amount": pa.array([Decimal("9.90"), Decimal("4.40")], pa.decimal128(10, 2)),
    "day": pa.array([date(2026, 1, 2), date(2026, 1, 4)]),
    "tags": pa.array([["x"], None], pa.list_(pa.string())),
    "currency": pa.array(["EUR", "EUR"]),
}, schema=pa.schema([
    pa.field("id", pa.int64(), nullable=False),
    pa.field("vendor", pa.string()),
    pa.field("amount", pa.decimal128(10, 2)),
    pa.field("day", pa.date32()),
    pa.field("tags", pa.list_(pa.string())),
    pa.field("currency", pa.string()),
]))
table.overwrite(wider, overwrite_filter=EqualTo("vendor", "bolt"))
table.delete("id = 3")
with table.manage_snapshots() as snapshots:
    snapshots.create_tag(table.current_snapshot().snapshot_id, "checked")
with table.transaction() as transaction:
    transaction.set_properties(reviewed="yes")
    transaction.remove_properties("owner")

# A table that exists from the moment on at which it has rows.
with catalog.create_table_transaction("gold.staged", schema, partition_spec=spec) as transaction:
    transaction.append(rows((7, "acme", Decimal("7.70"), date(2026, 1, 7), ["s"])))
assert catalog.load_table("gold.staged").scan().to_arrow()["id"].to_pylist() == [7]

# A table of the lake's own, and those that are closed.
core = catalog.load_table("core.product")
core.append(pa.table({"sku": pa.array(["from-outside"])}, schema=pa.schema([pa.field("sku", pa.string())])))
errors = catalog.load_table("product_raw.ingest_errors")


def describe_errors():
    with errors.transaction() as change:
        change.set_properties(comment="mine")


told = refused(ForbiddenError, describe_errors)
assert "bronze" in told, told
told = refused(ForbiddenError, lambda: catalog.drop_table("product_raw.ingest_errors"))

catalog.create_namespace("brief")
catalog.create_table("brief.gone", schema)
refused(NamespaceNotEmptyError, lambda: catalog.drop_namespace("brief"))
catalog.drop_table("brief.gone")
catalog.drop_namespace("brief")
assert ("brief",) not in catalog.list_namespaces()
print("PyIceberg wrote over REST")
