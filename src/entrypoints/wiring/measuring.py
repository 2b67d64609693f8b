"""What is measured, where it is kept, and what is wrapped for it."""

from dataclasses import replace

from application.ports.measures import Measures
from entrypoints.settings import Settings
from entrypoints.version import VERSION
from entrypoints.wiring.parts import Blobs, Measuring


def measuring_of(settings: Settings, program: str | None) -> Measuring:
    """Prometheus' way of counting: in this process, or together with the other programs that run on this machine."""
    from adapters.prometheus.measures import PrometheusMeasures
    from adapters.prometheus.page import PrometheusPage
    from adapters.prometheus.places import take_place
    from adapters.prometheus.telling import Telling
    from adapters.prometheus.values import keep_in_files, keep_in_process

    name = program or "darkroom"
    if settings.metrics_dir is None or program is None:
        keep_in_process()
        measures = PrometheusMeasures()
        return Measuring(measures, PrometheusPage(measures, program=name, version=VERSION))
    place = take_place(settings.metrics_dir)
    keep_in_files(place)
    measures = PrometheusMeasures()
    page = PrometheusPage(measures, program=name, version=VERSION, place=place)
    return Measuring(measures, page, held=(Telling(page),))


def measured_blobs(blobs: Blobs, measures: Measures) -> Blobs:
    """The same, whose failures are counted."""
    from adapters.measured.blobs import MeasuredBlobs, MeasuredLocalPaths, MeasuredMoves

    return replace(
        blobs,
        store=MeasuredBlobs(blobs.store, measures),
        moves=MeasuredMoves(blobs.moves, measures),
        local=MeasuredLocalPaths(blobs.local, measures) if blobs.local else None,
    )
