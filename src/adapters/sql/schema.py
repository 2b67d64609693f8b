"""Which schemas this program understands.

A migration raises `schema_info.version`. When older programs can no longer work beside it, it raises
`schema_info.min_program` to the first version of the program that can: everything additive leaves it alone.
"""

from domain.errors import Unavailable

PROGRAM = 11
"""Raised together with each migration; a database may demand a minimum of it."""

VERSION_NEEDED = 11
"""The oldest schema the queries of this program work with."""


def require_fitting(found: tuple[int, int] | None) -> None:
    """Refuse a schema that is too old for us, or for which we are too old."""
    version, min_program = found or (0, 0)
    if version < VERSION_NEEDED:
        raise Unavailable("the database's schema is older than this program; run 'darkroom migrate'")
    if min_program > PROGRAM:
        raise Unavailable("the database's schema is newer than this program; upgrade the program")
