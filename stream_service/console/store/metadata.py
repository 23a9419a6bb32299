"""What all tables share. Times are whole milliseconds since 1970 in UTC: no database differs."""

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the column's type is exactly INTEGER.
RowNumber: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")
