"""Every suite of a store, for an adapter's test module to collect.

class TestMemoryStore(StoreContract):
    @pytest.fixture
    async def rooms(self) -> AsyncIterator[Rooms]: ...
"""

from tests.unit.contracts.api_keys import ApiKeysContract
from tests.unit.contracts.audit import AuditContract
from tests.unit.contracts.events import EventsContract
from tests.unit.contracts.files import FilesContract
from tests.unit.contracts.installation_secrets import InstallationSecretsContract
from tests.unit.contracts.jobs import JobQueueContract, JobsContract
from tests.unit.contracts.linked_identities import LinkedIdentitiesContract
from tests.unit.contracts.oauth_states import OAuthStatesContract
from tests.unit.contracts.projects import ProjectsContract
from tests.unit.contracts.refresh_tokens import RefreshTokensContract
from tests.unit.contracts.roles import RolesContract
from tests.unit.contracts.sessions import SessionsContract
from tests.unit.contracts.unit_of_work import UnitOfWorkContract
from tests.unit.contracts.users import UsersContract

SUITES = (
    ApiKeysContract,
    AuditContract,
    EventsContract,
    FilesContract,
    InstallationSecretsContract,
    JobQueueContract,
    JobsContract,
    LinkedIdentitiesContract,
    OAuthStatesContract,
    ProjectsContract,
    RefreshTokensContract,
    RolesContract,
    SessionsContract,
    UnitOfWorkContract,
    UsersContract,
)


def collected(prefix: str) -> dict[str, type]:
    """A test class of each suite, to be put into a module's namespace."""
    return {
        f"Test{prefix}{suite.__name__.removesuffix('Contract')}": type(suite.__name__, (suite,), {}) for suite in SUITES
    }
