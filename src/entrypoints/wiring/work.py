"""Work in the background: the jobs, what does them, and the worker that keeps at it."""

import random
from datetime import timedelta

from dependency_injector import containers, providers

from adapters.system.files import SystemFiles
from application.files.screen_files import ScreenFiles
from application.files.screen_original import ScreenOriginal
from application.identity.remember import Remember
from application.inbox.hash_file import HashFile
from application.jobs.cancel_job import CancelJob
from application.jobs.claim_job import ClaimJob
from application.jobs.delete_job import DeleteJob
from application.jobs.fail_job import FailJob
from application.jobs.find_job import FindJob
from application.jobs.finish_job import FinishJob
from application.jobs.follow_events import FollowEvents
from application.jobs.keep_periodic import KeepPeriodic
from application.jobs.pulse import Pulse
from application.jobs.recover_jobs import RecoverJobs
from application.jobs.retry_job import RetryJob
from application.jobs.run_job import RunJob
from application.maintenance.prune_history import PruneHistory
from application.maintenance.purge_deleted_projects import PurgeDeletedProjects
from application.maintenance.sweep_orphans import SweepOrphans
from application.maintenance.verify_blobs import VerifyBlobs
from application.ports.clock import Clock
from application.ports.history import Past
from application.ports.ids import Ids
from application.ports.measures import Measures
from application.ports.signals import Signals
from application.ports.traces import Traces
from application.projects.continue_purge import ContinuePurge
from application.projects.erase_project import EraseProject
from application.variants.begin_variants import BeginVariants
from application.variants.make_variants import MakeVariants
from application.variants.plan_sync import PlanSync
from application.variants.promise import Promise
from application.variants.render_variants import RenderVariants
from application.variants.settle_variants import SettleVariants
from application.variants.sync_variants import SyncVariants
from application.variants.workbench import Workbench
from domain.jobs import QUEUES, JobKind
from domain.sync import plan_file
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs, Database, Engine
from entrypoints.worker.loop import Worker


def kept(settings: Settings) -> dict[Past, timedelta]:
    """How long the past is remembered."""
    return {
        Past.JOBS: timedelta(days=settings.keep_jobs_days),
        Past.EVENTS: timedelta(days=settings.keep_events_days),
        Past.AUDIT: timedelta(days=settings.keep_audit_days),
        Past.SESSIONS: timedelta(days=30),
        Past.REPLAYS: timedelta(days=1),
        Past.OAUTH_STATES: timedelta(hours=1),
    }


def gently_for(settings: Settings) -> float:
    """How many seconds a picture may take that has killed its decoder: what two may take that have not."""
    return 2 * settings.render_timeout


def kinds(settings: Settings) -> frozenset[JobKind]:
    """What this worker does."""
    return frozenset().union(*(QUEUES[name] for name in settings.worker_queues or QUEUES))


class Work(containers.DeclarativeContainer):
    """From a job in the queue to its effect."""

    settings = providers.Dependency(instance_of=Settings)
    traces: providers.Dependency[Traces | None] = providers.Dependency()
    measures: providers.Dependency[Measures] = providers.Dependency()
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)
    promise = providers.Dependency(instance_of=Promise)
    hash_file = providers.Dependency(instance_of=HashFile)
    ingest = providers.DependenciesContainer()
    remember: providers.Dependency[Remember] = providers.Dependency()
    signals: providers.Dependency[Signals] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    store = database.provided.store
    _lease = providers.Callable(timedelta, seconds=settings.provided.job_lease)
    _grace = providers.Callable(timedelta, seconds=settings.provided.upload_grace)
    _batches = database.provided.file_batches

    workbench = providers.Singleton(
        Workbench,
        blobs.provided.store,
        providers.Singleton(SystemFiles),
        _batches,
        blobs.provided.local,
        blobs.provided.links,
    )
    _begin = providers.Singleton(BeginVariants, store, promise, clock)
    _render = providers.Singleton(
        RenderVariants,
        engine.provided.transformer,
        workbench,
        providers.Callable(gently_for, settings),
        engine.provided.reader,
    )
    _settle = providers.Singleton(SettleVariants, store, promise, workbench, clock)
    finish_job = providers.Singleton(FinishJob, database.provided.queue, clock)
    screen_original = providers.Singleton(
        ScreenOriginal,
        store,
        workbench,
        providers.Singleton(SystemFiles),
        clock,
        settings.provided.s3_public_bucket,
    )
    screen_files = providers.Singleton(ScreenFiles, store, _batches, database.provided.projects, signals, clock, ids)
    make_variants = providers.Singleton(
        MakeVariants, store, _begin, _render, _settle, workbench, finish_job, screen=screen_original
    )
    sync_file_variants = providers.Singleton(
        MakeVariants,
        store,
        _begin,
        _render,
        _settle,
        workbench,
        finish_job,
        providers.Object(plan_file),
        screen_original,
    )
    sync_variants = providers.Singleton(SyncVariants, store, _batches, promise, signals, clock, ids)
    plan_sync = providers.Singleton(PlanSync, _batches, promise)

    sweep_orphans = providers.Singleton(
        SweepOrphans,
        store,
        blobs.provided.store,
        _batches,
        database.provided.projects,
        workbench,
        clock,
        _grace,
        blobs.provided.unfinished,
        database.provided.presigned_uploads,
    )
    verify_blobs = providers.Singleton(VerifyBlobs, _batches, blobs.provided.store)
    purge_deleted_projects = providers.Singleton(
        PurgeDeletedProjects, database.provided.projects, store, signals, clock, ids
    )
    continue_purge = providers.Singleton(
        ContinuePurge,
        store,
        providers.Singleton(EraseProject, store, _batches, blobs.provided.store, database.provided.history),
        remember,
        clock,
    )
    prune_history = providers.Singleton(
        PruneHistory, database.provided.history, providers.Callable(kept, settings), store, clock
    )

    _find_job = providers.Singleton(FindJob, database.provided.jobs)
    retry_job = providers.Singleton(RetryJob, _find_job, store, signals, clock)
    cancel_job = providers.Singleton(CancelJob, _find_job, store, signals, clock)
    delete_job = providers.Singleton(DeleteJob, _find_job, store, clock)
    follow_events = providers.Singleton(
        FollowEvents,
        database.provided.event_log,
        database.provided.jobs,
        providers.Singleton(Pulse, database.provided.event_log, signals),
    )

    handlers = providers.Dict(
        {
            JobKind.PROCESS_IMAGE: make_variants,
            JobKind.PROCESS_MEDIA: ingest.process_media,
            JobKind.INGEST_MEDIA: ingest.ingest_media,
            JobKind.INGEST_OBJECT: ingest.ingest_object,
            JobKind.SYNC_FILE_VARIANTS: sync_file_variants,
            JobKind.SYNC_PROJECT_VARIANTS: sync_variants,
            JobKind.HASH_FILE: hash_file,
            JobKind.SCREEN_FILE: screen_original.provided.run,
            JobKind.SCREEN_FILES: screen_files,
            JobKind.PURGE_PROJECT: continue_purge,
            JobKind.PURGE_DELETED_PROJECTS: purge_deleted_projects,
            JobKind.SWEEP_ORPHANS: sweep_orphans.provided.run,
            JobKind.PRUNE_HISTORY: prune_history,
        }
    )
    fail_job = providers.Singleton(FailJob, store, clock, providers.Object(random.random))
    claim_job = providers.Singleton(
        ClaimJob,
        database.provided.queue,
        providers.Singleton(RecoverJobs, fail_job, measures),
        _lease,
        providers.Callable(list, handlers),
        measures,
    )
    run_job = providers.Singleton(RunJob, handlers, database.provided.queue, fail_job, _lease, measures)
    worker = providers.Singleton(
        Worker,
        claim=claim_job,
        run_job=run_job,
        keep_periodic=providers.Singleton(KeepPeriodic, store, clock, ids, ingest.schedules),
        queue=database.provided.queue,
        signals=signals,
        slots=settings.provided.concurrency,
        poll_interval=settings.provided.poll_interval,
        grace=settings.provided.shutdown_grace,
        kinds=providers.Callable(kinds, settings),
        traces=traces,
    )
