"""Port: passwords are kept as hashes only."""

from typing import Protocol


class Passwords(Protocol):
    """Hashes and verifies passwords, slowly on purpose, without holding up anybody else."""

    async def hash(self, password: str) -> str:
        """A salted hash that tells its own parameters."""
        ...

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether they belong together. `None` stands for an unknown account: it costs the same and is never true."""
        ...

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with weaker parameters than today's."""
        ...
