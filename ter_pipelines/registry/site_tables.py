"""The registry's tables of members' sites: places, meters, what is read of them.

How a database gets them is in `migrations`; a test holds the two together.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from ter_pipelines.registry.tables import metadata

site_location = Table(
    "site_location",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    Column("street", String(128), nullable=False),
    Column("number", String(32), nullable=False),
    Column("city", String(128), nullable=False),
    Column("zip_code", String(16), nullable=False),
    Column("longitude", String(32)),
    Column("latitude", String(32)),
    UniqueConstraint(
        "user_id", "street", "number", "city", name="site_location_is_unique"
    ),
    sqlite_autoincrement=True,
)

# Its meter is the `modbus_host` that is called `site-` and this number.
site_host = Table(
    "site_host",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    Column("location_id", ForeignKey("site_location.id"), nullable=False),
    Index("site_host_by_user", "user_id"),
    Index("site_host_by_location", "location_id"),
    sqlite_autoincrement=True,
)

site_assignment = Table(
    "site_assignment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_host_id", ForeignKey("site_host.id"), nullable=False),
    Column("measurement", String(128), nullable=False),
    UniqueConstraint("site_host_id", "measurement", name="site_assignment_is_unique"),
    sqlite_autoincrement=True,
)

# Numbers every model of meter there is; of those that a register map describes there
# is nothing but the number here.
meter_model = Table(
    "meter_model",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("is_own", Boolean, nullable=False),
    Column("type", Integer),
    UniqueConstraint("name", name="meter_model_is_unique"),
    sqlite_autoincrement=True,
)

measurement_kind = Table(
    "measurement_kind",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("type", Integer, nullable=False),
    UniqueConstraint("name", name="measurement_kind_is_unique"),
    sqlite_autoincrement=True,
)

meter_register = Table(
    "meter_register",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("meter_id", ForeignKey("meter_model.id"), nullable=False),
    Column("measurement", String(128), nullable=False),
    Column("address", Integer, nullable=False),
    Column("unit", String(32), nullable=False),
    Column("type", Integer, nullable=False),
    Column("function_code", Integer, nullable=False),
    Column("word_order", String(8), nullable=False),
    Column("is_signed", Boolean, nullable=False),
    Column("scale", String(64), nullable=False),
    Column("direction", String(16)),
    UniqueConstraint("meter_id", "measurement", name="meter_register_is_unique"),
    sqlite_autoincrement=True,
)
