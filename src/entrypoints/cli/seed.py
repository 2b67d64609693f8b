"""`darkroom seed`: something to look at."""

from collections.abc import AsyncIterator
from pathlib import Path

from application.uploads.incoming import Upload
from domain.access import Role, Scope, UserCaller
from domain.audit import Origin
from domain.identity import User
from domain.pages import LARGEST_PAGE, PageRequest
from domain.projects import Project
from entrypoints.cli.drawing import SKIES, picture, tone
from entrypoints.cli.installation import OPERATOR, installed, on_the_spot
from entrypoints.cli.interrupts import interruptible
from entrypoints.cli.speech import say
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.drawing import short_film

PASSWORD = "darkroom-demo"  # noqa: S105  (told to whoever asks for it)
PEOPLE = {"demo": Role.USER, "demo-admin": Role.ADMIN}
PROJECT = "Demo gallery"
VARIANTS = {
    "thumbnail": {"format": "webp", "width": 200, "height": 200, "fit": "cover"},
    "medium": {"format": "jpeg", "max_width": 800, "max_height": 800},
}


def put_in(data_dir: Path | None, *, as_json: bool) -> None:
    """Bring the database up to date, and put in what is not there yet."""
    database = installed(data_dir).database()
    with interruptible():
        database.migrate()

    async def work(room: Darkroom) -> None:
        people = [await _person(room, name, role) for name, role in PEOPLE.items()]
        project, fresh = await _project(room, people[0])
        files = await _files(room, project) if fresh else 0
        told = {"users": list(PEOPLE), "password": PASSWORD, "project_id": str(project.id), "files": files}
        done = f"made the project '{PROJECT}' ({project.id}) with {files} files" if fresh else "it is all there already"
        say(as_json, told, f"{done}; sign in as {' or '.join(PEOPLE)} with the password {PASSWORD}")

    on_the_spot(work, data_dir)


async def _person(room: Darkroom, name: str, role: Role) -> User:
    found: User | None = await room.database().users.named(name)
    if found is not None:
        return found
    create = room.identity().create_user()
    made: User = await create(OPERATOR, Origin(), username=name, password=PASSWORD, role=role.value)
    return made


async def _project(room: Darkroom, owner: User) -> tuple[Project, bool]:
    """The one there is, or a new one; and which of both."""
    own = await room.database().projects.page(Scope(owner_id=owner.id), PageRequest(size=LARGEST_PAGE))
    there = next((project for project in own.items if project.name == PROJECT), None)
    if there is not None:
        return there, False
    caller = UserCaller(owner.id, owner.username, owner.role, frozenset())
    made: Project = await room.projects().create_project()(caller, PROJECT, Origin(), settings={"variants": VARIANTS})
    return made, True


async def _files(room: Darkroom, project: Project) -> int:
    for name in SKIES:
        await room.media().upload_image()(OPERATOR, _upload(project, f"{name}.png", picture(name)))
    others = {"tone.wav": tone(), "film.mp4": short_film()}
    drawn = {name: body for name, body in others.items() if body is not None}
    for name, body in drawn.items():
        await room.media().upload_file()(OPERATOR, _upload(project, name, body))
    return len(SKIES) + len(drawn)


def _upload(project: Project, name: str, body: bytes) -> Upload:
    return Upload(name, None, _once(body), project.id, expected_size=len(body))


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
