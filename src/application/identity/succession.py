"""What the successors of refresh tokens are derived with."""

from application.ports.ids import Ids
from application.ports.installation_secrets import InstallationSecrets

SUCCESSION_KEY = "refresh_token_succession"


class Succession:
    """The key of the settings, else one the installation made for itself, asked for once: it never changes."""

    def __init__(self, secrets: InstallationSecrets, ids: Ids, settled: str | None = None) -> None:
        self._secrets, self._ids = secrets, ids
        self._key = settled

    async def key(self) -> str:
        """The same for all instances."""
        if not self._key:
            self._key = await self._secrets.keep(SUCCESSION_KEY, self._ids.secret)
        return self._key
