"""Which database an address names, in the spelling each library wants."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from domain.errors import Invalid

_POSTGRES = {"postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg"}
_SQLITE = {"sqlite", "sqlite+aiosqlite"}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """The address of a SQLite file (`path` is set) or of a PostgreSQL database."""

    parsed: URL
    path: Path | None

    @property
    def for_engine(self) -> URL:
        """As SQLAlchemy opens it."""
        if self.path:
            return URL.create("sqlite+aiosqlite", database=str(self.path))
        query = dict(self.parsed.query)
        if "sslmode" in query:
            query["ssl"] = query.pop("sslmode")
        return self.parsed.set(drivername="postgresql+asyncpg", query=query)

    @property
    def for_yoyo(self) -> str:
        """As yoyo opens it."""
        if self.path:
            return f"sqlite:///{quote(str(self.path))}"
        bounded = {"connect_timeout": "10", **self.parsed.query}
        return self.parsed.set(drivername="postgresql+psycopg", query=bounded).render_as_string(hide_password=False)


def read_url(url: str) -> DatabaseUrl:
    """Understand `sqlite:///…`, `postgres://…` and `postgresql://…`, or `Invalid`."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise Invalid("the database's address cannot be read; write sqlite:///path or postgresql://…") from None
    if parsed.drivername in _POSTGRES:
        return DatabaseUrl(parsed, None)
    if parsed.drivername not in _SQLITE:
        raise Invalid(f"no database called '{parsed.drivername}' is known; use sqlite or postgresql")
    if not parsed.database or parsed.database == ":memory:":
        raise Invalid("a SQLite database needs a file, as in sqlite:///data/darkroom.db")
    return DatabaseUrl(parsed, Path(parsed.database).absolute())
