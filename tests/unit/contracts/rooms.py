"""What an adapter hands to the contract suites: a store, everything that reads it, and a way to let time pass."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from application.ports.api_keys import ApiKeyReads
from application.ports.audit import AuditReads
from application.ports.backlog import BacklogReads
from application.ports.entities import EntityReads
from application.ports.events import EventLog, EventReads
from application.ports.files import FileBatches, FileReads
from application.ports.history import History
from application.ports.ingested import IngestedReads
from application.ports.installation_secrets import InstallationSecrets
from application.ports.jobs import JobQueue, JobReads
from application.ports.oauth_states import OAuthStates
from application.ports.personal_projects import PersonalProjectReads
from application.ports.presigned_uploads import PresignedUploadReads
from application.ports.projects import ProjectReads
from application.ports.replays import Replays
from application.ports.roles import RoleReads
from application.ports.sessions import SessionReads
from application.ports.unit_of_work import Store
from application.ports.usage import UsageReads
from application.ports.users import UserReads


@dataclass(frozen=True)
class Rooms:
    """One store, empty at the beginning of each test; `another_queue` is the queue as another worker has it."""

    store: Store
    users: UserReads
    sessions: SessionReads
    projects: ProjectReads
    api_keys: ApiKeyReads
    files: FileReads
    file_batches: FileBatches
    entities: EntityReads
    presigned_uploads: PresignedUploadReads
    personal_projects: PersonalProjectReads
    ingested: IngestedReads
    jobs: JobReads
    backlog: BacklogReads
    events: EventReads
    event_log: EventLog
    usage: UsageReads
    history: History
    roles: RoleReads
    audit: AuditReads
    oauth_states: OAuthStates
    replays: Replays
    queue: JobQueue
    secrets: InstallationSecrets
    another_queue: Callable[[], JobQueue]
    pass_time: Callable[[timedelta], Awaitable[None]]
