"""The page of numbers, read as Prometheus reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """Every sample of a page; `types` by the names of families."""

    samples: Mapping[tuple[str, Labels], float]
    types: Mapping[str, str]

    def __call__(self, name: str, **labels: str) -> float:
        """One sample, 0 where there is none."""
        return self.samples.get((name, frozenset(labels.items())), 0)

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples that have these labels among theirs."""
        return sum(
            value for (each, theirs), value in self.samples.items() if each == name and labels.items() <= set(theirs)
        )

    def values(self, label: str) -> set[str]:
        """What a label is on any sample."""
        return {value for _, labels in self.samples for name, value in labels if name == label}

    @property
    def names(self) -> set[str]:
        """Of samples, and of those that families without samples will have."""
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        promised = {name + end for name, kind in self.types.items() for end in endings.get(kind, ("",))}
        return promised | {name for name, _ in self.samples}


def read(text: str) -> Page:
    """Parse a page; what is said twice is a mistake."""
    families = list(text_string_to_metric_families(text))
    found = [
        ((sample.name, frozenset(sample.labels.items())), sample.value) for each in families for sample in each.samples
    ]
    assert len(dict(found)) == len(found)
    assert len({family.name for family in families}) == len(families)
    return Page(dict(found), {family.name: family.type for family in families})
