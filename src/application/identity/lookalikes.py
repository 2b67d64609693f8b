"""Names that are taken for those of other accounts."""

from application.ports.unit_of_work import UnitOfWork
from domain.identity import UsernameTaken
from domain.usernames import looks_like


async def refuse_lookalikes(unit: UnitOfWork, username: str) -> None:
    """Refuse a name whose letters of another alphabet spell that of an account."""
    latin = looks_like(username)
    if latin != username.casefold() and await unit.users.named(latin):
        raise UsernameTaken("this username looks like one that is taken")
