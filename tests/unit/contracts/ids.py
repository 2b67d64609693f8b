"""What every maker of ids promises."""

import re
import time

from application.ports.ids import Ids


class IdsContract:
    """Suite for `Ids`."""

    def test_ids_are_new_each_time(self, ids: Ids) -> None:
        assert len({ids.new() for _ in range(10_000)}) == 10_000

    def test_later_ids_sort_after_earlier_ones(self, ids: Ids) -> None:
        told = []
        for _ in range(5):
            told.append(ids.new())
            time.sleep(0.002)
        assert told == sorted(told)

    def test_secrets_hold_256_bits_in_safe_characters(self, ids: Ids) -> None:
        told = {ids.secret() for _ in range(100)}
        assert len(told) == 100
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43,}", secret) for secret in told)
