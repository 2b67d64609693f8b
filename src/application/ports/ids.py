"""Port: fresh names and secrets."""

from typing import Protocol
from uuid import UUID


class Ids(Protocol):
    """Makes things nobody has seen before."""

    def new(self) -> UUID:
        """An id; later ones sort after earlier ones, roughly."""
        ...

    def secret(self) -> str:
        """256 random bits, in characters that are safe in a header or a URL."""
        ...
