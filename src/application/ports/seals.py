"""Port: marks by which we know our own words again after they travelled through a client."""

from typing import Protocol


class Seals(Protocol):
    """Seals that every instance of the installation makes alike and nobody else can make."""

    async def of(self, purpose: str, text: str) -> str:
        """The seal of a text, in characters that are safe in a URL; another purpose has other seals."""
        ...

    async def fits(self, purpose: str, text: str, seal: str) -> bool:
        """Whether a seal is the text's; as quick for a wrong one."""
        ...
