"""The keys access tokens are signed with: made once, shared by all instances, exchanged without signing anybody out."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey

from application.ports.clock import Clock
from application.ports.installation_secrets import InstallationSecrets

_NAME = "access_token_signing_keys"
KEPT = 2  # the newest signs; tokens of the one before live on until they expire
LOOKED_AT_EVERY = timedelta(minutes=1)
ASKED_AGAIN_AFTER = timedelta(seconds=2)


class KeyRing:
    """ES256 keys, the newest first."""

    def __init__(self, secrets: InstallationSecrets, clock: Clock) -> None:
        self._secrets, self._clock = secrets, clock
        self._keys: list[ECKey] = []
        self._looked_at: datetime | None = None

    async def newest(self) -> ECKey:
        """The key that signs."""
        await self._look_now_and_then()
        return self._keys[0]

    async def named(self, key_id: str | None) -> ECKey | None:
        """The key of this id; one that was made elsewhere a moment ago is looked up."""
        found = self._found(key_id)
        if found is None and self._older_than(ASKED_AGAIN_AFTER):
            await self._look()
            found = self._found(key_id)
        return found

    async def published(self) -> Sequence[dict[str, Any]]:
        """The public halves."""
        await self._look_now_and_then()
        about = {"use": "sig", "alg": "ES256"}
        return [key.as_dict(private=False) | about | {"kid": key.thumbprint()} for key in self._keys]

    async def rotate(self) -> str:
        """Sign with a new key from now on; its id."""
        fresh = _generated()
        while True:
            kept = await self._secrets.keep(_NAME, _first)
            rotated = json.dumps([fresh, *json.loads(kept)][:KEPT])
            if await self._secrets.replace(_NAME, kept, rotated):
                await self._look()
                return ECKey.import_key(fresh).thumbprint()

    async def _look_now_and_then(self) -> None:
        if self._older_than(LOOKED_AT_EVERY):
            await self._look()

    async def _look(self) -> None:
        kept = json.loads(await self._secrets.keep(_NAME, _first))
        self._keys = [ECKey.import_key(told) for told in kept]
        self._looked_at = self._clock.now()

    def _found(self, key_id: str | None) -> ECKey | None:
        return next((key for key in self._keys if key.thumbprint() == key_id), None)

    def _older_than(self, age: timedelta) -> bool:
        return self._looked_at is None or self._clock.now() - self._looked_at >= age


def _first() -> str:
    return json.dumps([_generated()])


def _generated() -> dict[str, Any]:
    return dict(ECKey.generate_key("P-256", private=True).as_dict(private=True))
