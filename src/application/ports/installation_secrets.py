"""Port: secrets every instance of one installation shares."""

from collections.abc import Callable
from typing import Protocol


class InstallationSecrets(Protocol):
    """Secrets made once and kept for good."""

    async def keep(self, name: str, fresh: Callable[[], str]) -> str:
        """The secret of this name; what `fresh` makes becomes it when there is none yet, and only then is it called.

        Whoever asks, everybody gets the same. Asking for what is there writes nothing.
        """
        ...

    async def replace(self, name: str, old: str, new: str) -> bool:
        """Make `new` the secret of this name if it is `old` still; whether it was."""
        ...
