"""INSERT with ON CONFLICT, which both databases have and SQLAlchemy spells once for each."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(table: Table, dialect: str) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that may say what to do about conflicts."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
