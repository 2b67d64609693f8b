"""Under which keys the blobs of a project lie."""

from dataclasses import dataclass

from domain.object_keys import private_key
from domain.projects import Project
from domain.settings import Visibility


@dataclass(frozen=True, slots=True)
class Placement:
    """In a `public_bucket`, which serves everybody by itself, what is private lies apart."""

    public_bucket: bool = False

    def key(self, project: Project, plain: str) -> str:
        """The key for what would lie under a `plain` one if the store were ours alone."""
        if self.public_bucket and project.settings.visibility is Visibility.PRIVATE:
            return private_key(plain)
        return plain


OWN_STORE = Placement()
"""Nobody reads the store but us."""
