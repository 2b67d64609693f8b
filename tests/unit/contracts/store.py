"""Every suite of a store. An adapter's test module has a class of each, and the fixture `rooms`."""

from collections.abc import Mapping

from tests.unit.contracts.api_keys import ApiKeysContract
from tests.unit.contracts.audit import AuditContract
from tests.unit.contracts.backlog import BacklogContract
from tests.unit.contracts.entities import EntitiesContract
from tests.unit.contracts.events import EventLogContract, EventsContract
from tests.unit.contracts.file_keys import FileKeysContract
from tests.unit.contracts.file_pages import FilePagesContract
from tests.unit.contracts.file_work import FileBatchesContract, FileFactsContract
from tests.unit.contracts.files import FilesContract
from tests.unit.contracts.history import HistoryContract
from tests.unit.contracts.ingested import IngestedContract
from tests.unit.contracts.installation_secrets import InstallationSecretsContract
from tests.unit.contracts.job_care import JobControlContract, JobReadsContract
from tests.unit.contracts.jobs import JobQueueContract, JobsContract
from tests.unit.contracts.linked_identities import LinkedIdentitiesContract
from tests.unit.contracts.oauth_states import OAuthStatesContract
from tests.unit.contracts.personal_projects import PersonalProjectsContract
from tests.unit.contracts.presigned_uploads import PresignedUploadsContract
from tests.unit.contracts.projects import ProjectsContract
from tests.unit.contracts.refresh_tokens import RefreshTokensContract
from tests.unit.contracts.replays import ReplaysContract
from tests.unit.contracts.roles import RolesContract
from tests.unit.contracts.second_factors import SecondFactorsContract
from tests.unit.contracts.sessions import SessionsContract
from tests.unit.contracts.sign_in_codes import SignInCodesContract
from tests.unit.contracts.unit_of_work import UnitOfWorkContract
from tests.unit.contracts.usage import UsageContract
from tests.unit.contracts.users import UsersContract

SUITES = (
    ApiKeysContract,
    AuditContract,
    BacklogContract,
    EntitiesContract,
    EventLogContract,
    EventsContract,
    FileBatchesContract,
    FileFactsContract,
    FileKeysContract,
    FilePagesContract,
    FilesContract,
    HistoryContract,
    IngestedContract,
    InstallationSecretsContract,
    JobControlContract,
    JobQueueContract,
    JobReadsContract,
    JobsContract,
    LinkedIdentitiesContract,
    OAuthStatesContract,
    PersonalProjectsContract,
    PresignedUploadsContract,
    ProjectsContract,
    RefreshTokensContract,
    ReplaysContract,
    RolesContract,
    SecondFactorsContract,
    SessionsContract,
    SignInCodesContract,
    UnitOfWorkContract,
    UsageContract,
    UsersContract,
)


def missing_from(names: Mapping[str, object]) -> list[str]:
    """The suites of which a module has no test class."""
    classes = [each for name, each in names.items() if name.startswith("Test") and isinstance(each, type)]
    return [suite.__name__ for suite in SUITES if not any(issubclass(each, suite) for each in classes)]
