"""Rounds in which everybody has a turn, so that whatever else the machine does meets all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent: seconds on the clock, seconds of CPU, and the most memory there ever was, in MB."""

    wall: float
    cpu: float
    peak: float = 0.0

    def told(self) -> dict[str, float]:
        """For machines."""
        peak = {"peak_mb": round(self.peak, 1)} if self.peak else {}
        return {"wall": round(self.wall, 2), "cpu": round(self.cpu, 2), **peak}


Figure = Callable[[Spent], float]


def cpu(spent: Spent) -> float:
    """What most of our ratios are about."""
    return spent.cpu


def wall(spent: Spent) -> float:
    """What somebody who waits sees."""
    return spent.wall


@dataclass(frozen=True, slots=True)
class Rounds:
    """What each spent in each round."""

    of: Mapping[str, Sequence[Spent]]

    def ratio(self, one: str, other: str, figure: Figure = cpu) -> float:
        """How many times as much one takes as the other: the median of what the rounds say."""
        both = zip(self.of[one], self.of[other], strict=True)
        return median(figure(mine) / figure(theirs) for mine, theirs in both)

    def rows(self, times: float = 1.0, figure: Figure = cpu) -> dict[str, list[float]]:
        """The median of each, in another unit."""
        return {name: [median(map(figure, rounds)) * times] for name, rounds in self.of.items()}

    def spent(self) -> dict[str, Spent]:
        """All rounds together."""
        return {name: total(rounds) for name, rounds in self.of.items()}


def total(several: Sequence[Spent]) -> Spent:
    """One after the other."""
    return Spent(
        sum(each.wall for each in several), sum(each.cpu for each in several), max(each.peak for each in several)
    )


def in_turn(contestants: Mapping[str, Callable[[], Spent]], rounds: int) -> Rounds:
    """So many rounds, after one that only warms up."""
    told: dict[str, list[Spent]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, go in contestants.items():
            spent = go()
            if turn:
                told[name].append(spent)
    return Rounds(told)
