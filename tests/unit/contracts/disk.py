"""What every disk promises."""

from collections.abc import Callable

import pytest

from application.ports.disk import Disk
from domain.errors import StorageFull

pytestmark = pytest.mark.anyio

MIB = 1 << 20


class DiskContract:
    """Suite for `Disk`; `disk_with` makes one with about so many bytes free beside its reserve, or without an end."""

    async def test_what_fits_beside_the_reserve_is_taken(self, disk_with: Callable[[int | None], Disk]) -> None:
        await disk_with(100 * MIB).require_free(0)
        await disk_with(100 * MIB).require_free(50 * MIB)

    async def test_what_would_take_of_the_reserve_is_refused(self, disk_with: Callable[[int | None], Disk]) -> None:
        for free, size in ((100 * MIB, 150 * MIB), (-100 * MIB, 0)):
            with pytest.raises(StorageFull):
                await disk_with(free).require_free(size)

    async def test_without_an_end_everything_is_taken(self, disk_with: Callable[[int | None], Disk]) -> None:
        await disk_with(None).require_free(1 << 60)
