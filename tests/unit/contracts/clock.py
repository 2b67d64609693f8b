"""What every clock promises."""

from datetime import timedelta

from application.ports.clock import Clock


class ClockContract:
    """Suite for `Clock`."""

    def test_tells_utc_with_its_zone(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)

    def test_does_not_run_backwards(self, clock: Clock) -> None:
        told = [clock.now() for _ in range(100)]
        assert told == sorted(told)
