"""Port: changes that happen together or not at all."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from application.ports.api_keys import ApiKeys
from application.ports.audit import Audit
from application.ports.entities import Entities, EntityFacts
from application.ports.events import Events
from application.ports.files import FileFacts, Files
from application.ports.ingested import Ingested
from application.ports.jobs import JobControl, Jobs
from application.ports.linked_identities import LinkedIdentities
from application.ports.personal_projects import PersonalProjects
from application.ports.presigned_uploads import PresignedUploads
from application.ports.projects import Projects
from application.ports.refresh_tokens import RefreshTokens
from application.ports.roles import Roles
from application.ports.second_factors import SecondFactors
from application.ports.sessions import Sessions
from application.ports.sign_in_codes import SignInCodes
from application.ports.usage import Usage
from application.ports.users import Users


class UnitOfWork(Protocol):
    """One transaction: short, with no blob traffic and no decoding in it."""

    @property
    def users(self) -> Users:
        """Accounts."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Sign-ins."""
        ...

    @property
    def refresh_tokens(self) -> RefreshTokens:
        """What keeps sign-ins going."""
        ...

    @property
    def linked_identities(self) -> LinkedIdentities:
        """By what accounts are signed in to from elsewhere."""
        ...

    @property
    def second_factors(self) -> SecondFactors:
        """Second factors of accounts."""
        ...

    @property
    def sign_in_codes(self) -> SignInCodes:
        """Codes that sign in once."""
        ...

    @property
    def roles(self) -> Roles:
        """Named roles."""
        ...

    @property
    def audit(self) -> Audit:
        """The audit log."""
        ...

    @property
    def projects(self) -> Projects:
        """Projects."""
        ...

    @property
    def api_keys(self) -> ApiKeys:
        """API keys."""
        ...

    @property
    def files(self) -> Files:
        """Files with their variants."""
        ...

    @property
    def file_facts(self) -> FileFacts:
        """What must be known of a project's files."""
        ...

    @property
    def presigned_uploads(self) -> PresignedUploads:
        """Uploads that were announced."""
        ...

    @property
    def personal_projects(self) -> PersonalProjects:
        """Whose project is their own."""
        ...

    @property
    def jobs(self) -> Jobs:
        """The queue."""
        ...

    @property
    def job_control(self) -> JobControl:
        """The queue, for whoever looks after it."""
        ...

    @property
    def usage(self) -> Usage:
        """Sums day by day."""
        ...

    @property
    def events(self) -> Events:
        """The log of what happened."""
        ...

    @property
    def entities(self) -> Entities:
        """The library's entities."""
        ...

    @property
    def entity_facts(self) -> EntityFacts:
        """What must be known of entities."""
        ...

    @property
    def ingested(self) -> Ingested:
        """What was brought in from elsewhere."""
        ...

    async def commit(self) -> None:
        """Make every change visible at once, durable on return."""
        ...


class Store(Protocol):
    """Where rows live. A database that does not answer raises `domain.errors.Unavailable`, within a bounded time."""

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work. Leaving it without `commit`, in whatever way, undoes all of it.

        Nobody outside sees its changes before `commit`; what it reads for change is safe from others until it ends.
        What is added twice (an id, a key, a name without an error of its own) is refused as `AlreadyThere`, what is
        added to something that is not there as `ParentMissing`; after a refusal nothing of the unit can be committed.
        Cancelled during `commit`, in whatever way, the commit is carried to its end first.
        """
        ...

    async def check(self) -> None:
        """Return when the database can be used now and has our schema; else raise `Unavailable` and say why."""
        ...
