"""Port: secrets every instance of one installation shares."""

from typing import Protocol


class InstallationSecrets(Protocol):
    """Secrets made once and kept for good."""

    async def keep(self, name: str, fresh: str) -> str:
        """The secret of this name; `fresh` becomes it when there is none yet. Whoever asks, everybody gets the same."""
        ...

    async def replace(self, name: str, old: str, new: str) -> bool:
        """Make `new` the secret of this name if it is `old` still; whether it was."""
        ...
