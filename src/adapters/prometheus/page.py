"""The page that Prometheus reads."""

import asyncio
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from adapters.prometheus.measures import KINDS, PrometheusMeasures, known
from adapters.prometheus.places import Place, numbers, told
from adapters.prometheus.process_facts import families, own_facts
from application.ports.backlog import Backlog, JobState

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class PrometheusPage:
    """Writes what this process measured, or, from a shared folder, what all processes of this machine did."""

    media_type = MEDIA_TYPE

    def __init__(self, measures: PrometheusMeasures, *, program: str, version: str, place: Place | None = None) -> None:
        self._measures, self._program, self._version, self._place = measures, program, version, place

    async def write(self, backlog: Backlog | None) -> bytes:
        return await asyncio.to_thread(self._write, backlog)

    def _write(self, backlog: Backlog | None) -> bytes:
        registry = CollectorRegistry(auto_describe=False)
        if self._place is None:
            processes = {0: own_facts(self._program)}
            registry.register(Copied(self._measures.registry.collect()))
        else:
            with suppress(OSError):  # a full disk, perhaps; what can be read is worth showing
                self.tell_of_itself()
            processes = told(self._place.folder)
            files = [str(path) for path in numbers(self._place.folder)]
            registry.register(Copied(MultiProcessCollector.merge(files)))  # type: ignore[no-untyped-call]
        registry.register(Copied(self._of_now(processes, backlog)))
        return generate_latest(registry)

    def tell_of_itself(self) -> None:
        """Leave the facts of this process for the others."""
        if self._place is not None:
            self._place.tell(own_facts(self._program))

    def _of_now(self, processes: Mapping[int, Mapping[str, Any]], backlog: Backlog | None) -> Iterator[Metric]:
        yield from families(processes)
        info = {"version": self._version, "python": platform.python_version()}
        yield InfoMetricFamily("darkroom_build", "What runs here.", value=info)
        if backlog is not None:
            yield from _queue(backlog)


class Copied:
    """Metrics collected elsewhere."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """All of them, once."""
        return self._metrics


def _queue(backlog: Backlog) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("darkroom_jobs", "Jobs in the database, by where they stand.", labels=("kind", "state"))
    oldest = GaugeMetricFamily(
        "darkroom_oldest_due_job_seconds", "For how long the oldest due job has been waiting.", labels=("kind",)
    )
    # Zero is said only of what was counted.
    counts = dict.fromkeys(product(KINDS, (state for state in JobState if state in backlog.counted)), 0)
    ages = dict.fromkeys(KINDS if JobState.WAITING in backlog.counted else (), 0.0)
    for standing in backlog.standings:
        kind = known(standing.kind)
        counts[kind, standing.state] = counts.get((kind, standing.state), 0) + standing.jobs
        if standing.state is JobState.WAITING:
            ages[kind] = max(ages.get(kind, 0.0), standing.longest)
    for (kind, state), number in counts.items():
        jobs.add_metric([kind, state.value], number)
    for kind, age in ages.items():
        oldest.add_metric([kind], age)
    yield jobs
    yield oldest
