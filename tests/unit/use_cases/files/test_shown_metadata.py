"""Where a picture was taken is nobody's business but its owner's."""

from uuid import UUID, uuid4

from application.files.shown_metadata import shown_metadata, without_places
from application.ports.files import FileView
from domain.access import Caller, KeyCaller, KeyScope, Permission, Role, UserCaller
from domain.settings import Visibility
from tests.tables import over_rows
from tests.unit.contracts.things import media_file

OWNER = UUID(int=1)
GPS = {"latitude": 47.0, "longitude": 8.0}
VIEW = FileView(media_file(uuid4(), metadata={"camera": "box", "gps": GPS}), OWNER, Visibility.PRIVATE)


def person(user_id: UUID, role: Role = Role.USER, *permissions: str) -> UserCaller:
    return UserCaller(user_id, "somebody", role, frozenset(permissions))


@over_rows(
    ("caller", "sees"),
    [
        (person(OWNER), True),
        (person(uuid4(), Role.SU), True),
        (person(uuid4()), False),
        (person(uuid4(), Role.ADMIN, *Permission), False),
        (KeyCaller(uuid4(), VIEW.file.project_id, frozenset(KeyScope)), False),
    ],
)
def test_who_is_told(caller: Caller, sees: bool) -> None:
    assert shown_metadata(VIEW, caller) == {"camera": "box", **({"gps": GPS} if sees else {})}


def test_a_log_tells_nobody_at_any_depth() -> None:
    told = {"gps": GPS, "facts": {"gps": GPS, "width": 1}, "reason": "gps"}
    assert without_places(told) == {"facts": {"width": 1}, "reason": "gps"}
