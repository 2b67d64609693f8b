"""The installation's secrets in memory."""

from collections.abc import Callable

from adapters.memory.state import MemoryDatabase


class MemoryInstallationSecrets:
    """Secrets made once and kept as long as the process lives."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def keep(self, name: str, fresh: Callable[[], str]) -> str:
        secrets = self._database.secrets
        if name not in secrets:
            secrets[name] = fresh()
        return secrets[name]

    async def replace(self, name: str, old: str, new: str) -> bool:
        if self._database.secrets.get(name) != old:
            return False
        self._database.secrets[name] = new
        return True
