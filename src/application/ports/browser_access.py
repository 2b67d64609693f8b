"""Port: a store that pages in a browser talk to directly. An optional power of a store."""

from collections.abc import Sequence
from typing import Protocol


class BrowserAccess(Protocol):
    """Which pages may read by links with `fetch`, and send uploads; showing pictures takes no permission."""

    async def allow(self, origins: Sequence[str]) -> None:
        """Let pages of these origins (`*` = all), and of no others, whatever the rule was before."""
        ...

    async def allows(self, origin: str) -> bool:
        """Whether pages of this origin may, found out as a browser does: over the address that clients use."""
        ...
