"""The life of projects and files as a model has it, against the life they really have, in any order of events."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from domain.access import EVERYTHING
from domain.audit import Origin
from domain.errors import Conflict, DarkroomError
from domain.jobs import CRASHES_FORGIVEN, Job
from domain.settings import Visibility
from tests.invariants import check
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.stories.installation import GRACE, LEASE, Installation, key_of

THUMB, LARGER = {"format": "webp", "width": 20}, {"format": "webp", "width": 24}
WIDE = {"format": "png", "width": 30}
VARIANTS: tuple[Mapping[str, Any], ...] = (
    {"thumb": THUMB},
    {"thumb": LARGER},
    {"thumb": THUMB, "wide": WIDE},
    {},
)
PICTURES = tuple(encoded(quarters((40 + n, 30)), "image/jpeg") for n in range(3))
LONGER_THAN_A_LEASE = LEASE * 1.2
NEVER = timedelta(days=1000)
MOST_PROJECTS = 3

choices = st.fixed_dictionaries(
    {
        "variants": st.sampled_from([*VARIANTS[:3], *VARIANTS]),
        "keep_original": st.sampled_from([True, True, True, False]),
        "on_duplicate": st.sampled_from(["allow", "allow", "reject", "reuse"]),
        "auto_sync": st.sampled_from([True, True, True, False]),
    }
)
# Most stories are about those who live.
seldom = st.integers(0, 15).map(lambda n: n == 11)


@dataclass
class FileLife:
    """What somebody was promised at the upload."""

    id: UUID
    body: bytes
    original: str
    variants: dict[str, str]
    deleted: bool = False


@dataclass(eq=False)
class ProjectLife:
    """A project and its files; `changed` once other variants were wanted than at the beginning."""

    id: UUID
    settings: dict[str, Any]
    files: list[FileLife] = field(default_factory=list)
    binned: bool = False
    erased: bool = False
    changed: bool = False
    loses_originals: bool = False

    @property
    def seen(self) -> bool:
        return not (self.binned or self.erased)


class Lives(RuleBasedStateMachine):
    """Told on one installation; `place` makes it."""

    place: Callable[[], Installation]
    projects: Bundle[ProjectLife] = Bundle("projects")
    held: Bundle[Job] = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.darkroom = type(self).place()
        self.known: list[ProjectLife] = []
        self.shown: dict[str, bytes] = {}
        self.lost_leases: Counter[UUID | None] = Counter()

    def teardown(self) -> None:
        try:
            self.at_the_end_everything_is_as_promised()
        finally:
            self.darkroom.close()

    def run(self, work: Any) -> Any:
        return self.darkroom.run(work)

    # What people do

    @initialize(target=projects, settings=choices)
    def begin(self, settings: dict[str, Any]) -> ProjectLife:
        return self.make_a_project(settings)

    @precondition(lambda self: len(self.known) < MOST_PROJECTS)
    @rule(target=projects, settings=choices)
    def make_another(self, settings: dict[str, Any]) -> ProjectLife:
        return self.make_a_project(settings)

    def make_a_project(self, settings: dict[str, Any]) -> ProjectLife:
        life = ProjectLife(self.run(self.darkroom.make_project(settings)), settings)
        life.loses_originals = not settings["keep_original"]
        self.known.append(life)
        return life

    @rule(project=projects, which=st.integers(0, len(PICTURES) - 1), picture=st.sampled_from([True, True, False]))
    def upload(self, project: ProjectLife, which: int, picture: bool) -> None:
        body = PICTURES[which]
        if not project.seen:
            self.refused(self.darkroom.upload(project.id, body, picture=picture))
            return
        try:
            kept = self.run(self.darkroom.upload(project.id, body, picture=picture))
        except Conflict:
            assert project.settings["on_duplicate"] == "reject"
            assert any(file.body == body for file in project.files if not file.deleted)
            return
        if any(file.id == kept.id for file in project.files):
            assert project.settings["on_duplicate"] == "reuse"
            return
        addresses = self.darkroom.media.addresses()
        visibility = Visibility.PUBLIC
        promised = addresses.variants(kept, visibility)
        assert set(promised) == (set(project.settings["variants"]) if picture else set())
        project.files.append(FileLife(kept.id, body, addresses.original(kept, visibility), promised))

    @rule(project=projects, far=st.booleans())
    def an_api_dies_in_an_upload(self, project: ProjectLife, far: bool) -> None:
        if project.seen:
            self.run(self.darkroom.die_in_an_upload(project.id, PICTURES[0] if far else None))

    @rule(project=projects, pick=st.integers(0, 99))
    def delete_one(self, project: ProjectLife, pick: int) -> None:
        files = [file for file in project.files if not file.deleted]
        if len(files) < 2:
            return
        file = files[pick % len(files)]
        deleting = self.darkroom.media.delete_file()(key_of(project.id), file.id, Origin())
        if project.seen:
            self.run(deleting)
            file.deleted = True
        else:
            self.refused(deleting)

    @rule(project=projects, picks=st.sets(st.integers(1, 9), max_size=4))
    def delete_some(self, project: ProjectLife, picks: set[int]) -> None:
        chosen = [file for number, file in enumerate(project.files) if number in picks]
        gone = self.run(self.darkroom.media.delete_files()(key_of(project.id), [file.id for file in chosen], Origin()))
        expected = {file.id for file in chosen if not file.deleted and project.seen}
        assert {file.id for file in gone} == expected
        for file in chosen:
            file.deleted = file.deleted or file.id in expected

    @rule(project=projects, really=seldom)
    def put_into_the_bin(self, project: ProjectLife, really: bool) -> None:
        if not really:
            return
        binning = self.darkroom.projects.delete_project()(self.darkroom.owner, project.id, Origin())
        if project.seen:
            self.run(binning)
            project.binned = True
        else:
            self.refused(binning)

    @rule(project=projects)
    def restore(self, project: ProjectLife) -> None:
        restoring = self.darkroom.projects.restore_project()(self.darkroom.owner, project.id, Origin())
        if project.binned and not project.erased:
            self.run(restoring)
            project.binned = False
        else:
            self.refused(restoring)

    @rule(project=projects, really=seldom)
    def purge(self, project: ProjectLife, really: bool) -> None:
        if not really:
            return
        erasing = self.darkroom.projects.purge_project()(self.darkroom.owner, project.id, Origin())
        if project.erased:
            self.refused(erasing)
            return
        assert self.run(erasing).done
        project.erased = True

    @rule(project=projects, settings=choices)
    def change_settings(self, project: ProjectLife, settings: dict[str, Any]) -> None:
        self.want(project, settings)

    def want(self, project: ProjectLife, settings: dict[str, Any]) -> None:
        changing = self.darkroom.change(project.id, settings)
        if not project.seen:
            self.refused(changing)
            return
        self.run(changing)
        project.changed |= settings["variants"] != project.settings["variants"]
        project.loses_originals |= not settings["keep_original"]
        project.settings = settings

    @rule(project=projects, settings=choices)
    def change_settings_and_work(self, project: ProjectLife, settings: dict[str, Any]) -> None:
        self.want(project, settings)
        self.run(self.darkroom.work())

    @rule(project=projects)
    def ask_for_a_sync(self, project: ProjectLife) -> None:
        asking = self.darkroom.projects.request_sync()(self.darkroom.owner, project.id)
        if project.seen:
            self.run(asking)
        else:
            self.refused(asking)

    @rule(project=projects)
    def delete_originals(self, project: ProjectLife) -> None:
        deleting = self.darkroom.projects.delete_originals()(self.darkroom.owner, project.id, Origin())
        if project.seen and not project.settings["keep_original"]:
            self.run(deleting)
        else:
            self.refused(deleting)

    def refused(self, work: Any) -> None:
        try:
            self.run(work)
        except DarkroomError:
            return
        raise AssertionError("this should have been refused")

    # What workers do

    @rule(most=st.integers(1, 5))
    def work(self, most: int) -> None:
        self.run(self.darkroom.work(most))

    @rule(target=held)
    def claim_and_sleep(self) -> Any:
        """A worker takes a job and is not heard of; its lease runs out."""
        claimed = self.run(self.darkroom.claim())
        self.darkroom.pass_time(LONGER_THAN_A_LEASE)
        self.lost_leases.update(job.file_id for job in claimed)
        return claimed[0] if claimed else None

    @rule(job=consumes(held))
    def wake_up(self, job: Job | None) -> None:
        """It goes on as if nothing had been."""
        if job is not None:
            self.run(self.darkroom.do(job))

    @rule(job=consumes(held))
    def wake_up_after_somebody_else_did_it(self, job: Job | None) -> None:
        if job is not None:
            self.run(self.darkroom.work())
            before = self.darkroom.rows()
            self.run(self.darkroom.do(job))
            after = self.darkroom.rows()
            assert (after.files, after.variants, after.projects) == (before.files, before.variants, before.projects)

    @rule()
    def the_grace_passes(self) -> None:
        """Somebody sweeps, and somebody works."""
        self.darkroom.pass_time(GRACE + LEASE)
        self.run(self.darkroom.workers.sweep_orphans()())
        self.run(self.darkroom.work())
        check(self.darkroom.scene())

    # What must hold

    @invariant()
    def nothing_is_broken(self) -> None:
        check(self.darkroom.scene(lease=NEVER))

    @invariant()
    def addresses_lead_where_they_should(self) -> None:
        for project in self.known:
            for file in project.files:
                self.check_addresses(project, file, settled=False)

    def check_addresses(self, project: ProjectLife, file: FileLife, *, settled: bool) -> None:
        gone = file.deleted or not project.seen
        answer = self.get(file.original)
        if gone:
            assert answer.status_code == 404, (answer.status_code, file)
        elif answer.status_code == 200:
            assert answer.content == file.body
        else:
            assert (answer.status_code, project.loses_originals) == (410, True), answer.text
        for name, address in file.variants.items():
            put_aside = self.lost_leases[file.id] > CRASHES_FORGIVEN
            self.check_variant(project, name, address, gone=gone, settled=settled and not put_aside)

    def check_variant(self, project: ProjectLife, name: str, address: str, *, gone: bool, settled: bool) -> None:
        answer = self.get(address)
        if gone:
            assert answer.status_code == 404, answer.text
        elif answer.status_code == 404:
            assert answer.json()["code"] in {"variant_not_ready", "variant_unknown", "variant_failed"}, answer.text
            promised = not project.changed and not project.loses_originals
            assert not (settled and promised), (name, answer.text)
        else:
            assert answer.status_code == 200, answer.text
            assert answer.content.startswith(b"\x89PNG")
            if settled and not project.changed:
                assert answer.history == [], "the address that was promised is another one now"

    def get(self, address: str) -> httpx2.Response:
        """What is there; an address that ever showed a picture never shows another as its own."""
        answer: httpx2.Response = self.run(self.darkroom.get(address, follow_redirects=True))
        if answer.status_code == 200:
            assert self.shown.setdefault(str(answer.url), answer.content) == answer.content
        return answer

    def at_the_end_everything_is_as_promised(self) -> None:
        """Time goes by, everything due is done, and what was promised is there."""
        self.darkroom.pass_time(GRACE + LEASE)
        self.run(self.darkroom.work())
        self.darkroom.pass_time(GRACE)
        self.run(self.darkroom.work())
        self.run(self.darkroom.workers.sweep_orphans()())
        scene = self.darkroom.scene()
        check(scene)
        for project in self.known:
            shown = {file.id: file for file in scene.rows.files if file.project_id == project.id}
            if project.erased:
                assert not shown
                assert not [key for key in scene.blobs if str(project.id) in key]
                continue
            assert set(shown) == {file.id for file in project.files if not file.deleted}
            for file in project.files:
                self.check_addresses(project, file, settled=True)
            if project.seen:
                self.check_current_addresses(project)

    def check_current_addresses(self, project: ProjectLife) -> None:
        """A picture has one current address, and every other it ever had leads there."""
        for file in project.files:
            if file.deleted:
                continue
            view = self.run(self.darkroom.room.database().files.get(EVERYTHING, file.id))
            now = self.darkroom.media.addresses().variants(view.file, view.visibility)
            for name, address in now.items():
                current = self.get(address)
                assert not current.history
                if name in file.variants and current.status_code == 200:
                    assert self.get(file.variants[name]).content == current.content
