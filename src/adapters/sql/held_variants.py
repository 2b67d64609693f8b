"""A file's variants, as an SQL expression: with them in its row, a file is one round trip and one row."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_FIELDS = ", ".join(
    f"variants.{name}" for name in ("name", "recipe", "key", "mime_type", "status", "reason", "width", "height", "size")
)
_OF_FILE = "FROM variants WHERE variants.file_id = files.id"


class HeldVariants(FunctionElement[str]):
    """The variants of the query's `files` row as JSON, in no order; not to be used in a query that locks the row,
    since it would tell what they were before the lock was got."""

    name = "held_variants"
    type = Text()
    inherit_cache = True


@compiles(HeldVariants, "postgresql")
def _postgres(element: HeldVariants, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT json_agg(json_build_array({_FIELDS}))::text {_OF_FILE})"


@compiles(HeldVariants, "sqlite")
def _sqlite(element: HeldVariants, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT json_group_array(json_array({_FIELDS})) {_OF_FILE})"


HELD_VARIANTS = HeldVariants().label("held_variants")
