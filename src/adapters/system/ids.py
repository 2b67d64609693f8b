"""Ids and secrets from the machine's random source."""

import secrets
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


class SystemIds:
    """Makes version 7 UUIDs: the milliseconds since 1970, then chance."""

    def new(self) -> UUID:
        milliseconds = time.time_ns() // 1_000_000
        chance = secrets.randbits(74)
        return UUID(int=milliseconds << 80 | _VERSION | chance >> 62 << 64 | _VARIANT | chance & ((1 << 62) - 1))

    def secret(self) -> str:
        return secrets.token_urlsafe(32)
