"""The doctor looks at everything, and says what to do."""

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from entrypoints.cli import doctor
from entrypoints.cli.doctor import Finding, print_findings
from tests.unit.entrypoints.cli.typed import Answer, Darkroom

pytestmark = pytest.mark.slow

LOOKED_AT = [
    "settings", "packages", "tokens", "disk", "database", "migrations", "superusers",
    "blobs", "sandbox", "browsers", "engine", "redis",
]  # fmt: skip


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are about something else: decoders take their time to start."""

    async def fine(room: object) -> str:
        return "not looked at"

    monkeypatch.setattr(doctor, "_engine", fine)


def findings(answer: Answer) -> dict[str, dict[str, Any]]:
    told = json.loads(answer.out)
    assert told["fine"] == (answer.code == 0)
    return {finding["name"]: finding for finding in told["findings"]}


def wrong(answer: Answer) -> dict[str, str]:
    assert answer.code == 1
    return {name: finding["detail"] for name, finding in findings(answer).items() if not finding["fine"]}


def test_all_is_well(darkroom: Darkroom, folder: Path) -> None:
    darkroom("migrate")
    answer = darkroom("doctor", "--json")
    assert answer.code == 0, answer
    found = findings(answer)
    assert list(found) == LOOKED_AT
    assert all(finding["fine"] for finding in found.values())
    assert "sqlite, filesystem, vips" in found["settings"]["detail"]
    assert "avif, jpeg, original, png, webp" in found["engine"]["detail"]
    assert found["redis"]["detail"] == "not used"
    left = [path for path in (folder / "data" / "media_store").rglob("*") if path.is_file()]
    assert left == [], "the doctor left something behind"


@pytest.mark.usefixtures("without_engine")
def test_people_get_a_line_for_each(darkroom: Darkroom) -> None:
    darkroom("migrate")
    answer = darkroom("doctor")
    assert answer.code == 0
    assert [line.split()[:2] for line in answer.out.splitlines()] == [["ok", name] for name in LOOKED_AT]


@pytest.mark.usefixtures("without_engine")
def test_whose_tokens_count(darkroom: Darkroom, folder: Path) -> None:
    darkroom("migrate")
    told = []
    (folder / "data").mkdir(exist_ok=True)
    for expected in ({}, {"EXTERNAL_TOKEN_ISSUER": "https://login.example"}):
        (folder / "data" / "public_key.pem").write_bytes(ECKey.generate_key("P-256").as_pem(private=False))
        answer = darkroom("doctor", "--json", **expected)
        assert answer.code == 0, "it is advice"
        told.append(findings(answer)["tokens"]["detail"])
    assert "set EXTERNAL_TOKEN_AUDIENCE or EXTERNAL_TOKEN_ISSUER" in told[0]
    assert told[1] == "our own, and those of PUBLIC_KEY_PATH for us"


@pytest.mark.usefixtures("without_engine")
def test_superusers_are_asked_to_have_a_second_factor(darkroom: Darkroom, folder: Path) -> None:
    def told() -> str:
        answer = darkroom("doctor", "--json")
        assert answer.code == 0, "it is advice"
        return str(findings(answer)["superusers"]["detail"])

    darkroom("migrate")
    assert told() == "none yet: run 'darkroom create-superuser'"
    for name in ("riz", "anna"):
        made = darkroom("create-superuser", "--username", name, "--password-stdin", stdin="three blind mice\n")
        assert made.code == 0, made
    assert told().startswith(("without a second factor: riz, anna; ", "without a second factor: anna, riz; "))
    with closing(sqlite3.connect(folder / "data" / "media_store.db")) as database, database:
        database.execute(
            "INSERT INTO second_factors (user_id, salt, created_at, confirmed_at, recovery_hashes) "
            "SELECT id, 'salt', 1, iif(username = 'anna', 1, NULL), '[]' FROM users"
        )
    assert told().startswith("without a second factor: riz; ")
    off = darkroom("disable-totp", "--username", "anna")
    assert (off.code, off.out) == (0, "anna signs in with the password alone now\n")
    assert darkroom("disable-totp", "--username", "riz").refusal == "darkroom: this account has no second factor"
    assert darkroom("disable-totp", "--username", "nobody").refusal == "darkroom: there is no user nobody"


@pytest.mark.usefixtures("without_engine")
def test_a_migration_to_apply(darkroom: Darkroom) -> None:
    told = wrong(darkroom("doctor", "--json"))
    assert list(told) == ["migrations"]
    assert "darkroom migrate" in told["migrations"]
    people = darkroom("doctor")
    assert people.code == 1
    assert [line.split()[:2] for line in people.out.splitlines() if line.startswith("wrong")] == [
        ["wrong", "migrations"]
    ]


@pytest.mark.usefixtures("without_engine")
def test_a_folder_for_blobs_that_cannot_be_written(darkroom: Darkroom, folder: Path) -> None:
    darkroom("migrate")
    (folder / "taken").write_text("not a folder")
    told = wrong(darkroom("doctor", "--json", MEDIA_STORAGE_DIR=str(folder / "taken")))
    assert list(told) == ["blobs"]
    assert "disk refuses" in told["blobs"]


@pytest.mark.usefixtures("without_engine")
def test_a_database_that_does_not_answer(darkroom: Darkroom) -> None:
    answer = darkroom("doctor", "--json", DATABASE_URL="postgresql://me:hunter22@127.0.0.1:1/darkroom")
    told = wrong(answer)
    assert list(told) == ["database", "migrations"]
    assert all("does not answer" in detail for detail in told.values())
    assert "hunter22" not in answer.out + answer.err


@pytest.mark.usefixtures("without_engine")
def test_a_store_that_does_not_answer(darkroom: Darkroom) -> None:
    darkroom("migrate")
    s3 = {
        "S3_BUCKET": "bucket",
        "S3_ENDPOINT": "http://127.0.0.1:1",
        "S3_ACCESS_KEY": "me",
        "S3_SECRET_KEY": "hunter22",
    }
    answer = darkroom("doctor", "--json", **s3)
    assert list(wrong(answer)) == ["blobs"]
    assert "hunter22" not in answer.out + answer.err


@pytest.mark.usefixtures("without_engine")
def test_redis_that_does_not_answer(darkroom: Darkroom) -> None:
    darkroom("migrate")
    assert list(wrong(darkroom("doctor", "--json", REDIS_URL="redis://127.0.0.1:1"))) == ["redis"]


@pytest.mark.usefixtures("without_engine")
def test_a_disk_that_is_nearly_full(darkroom: Darkroom, monkeypatch: pytest.MonkeyPatch) -> None:
    darkroom("migrate")
    monkeypatch.setattr(doctor, "LEAST_FREE", 1 << 80)
    told = wrong(darkroom("doctor", "--json"))
    assert list(told) == ["disk"]
    assert "make room" in told["disk"]
    assert re.search(r"only \d+ bytes \(\d+\.\d [KMGT]iB\) are free", told["disk"])


def test_an_engine_that_cannot_start(darkroom: Darkroom, monkeypatch: pytest.MonkeyPatch) -> None:
    darkroom("migrate")

    async def hangs(room: object) -> str:
        raise RuntimeError("no such library")

    monkeypatch.setattr(doctor, "_engine", hangs)
    assert wrong(darkroom("doctor", "--json")) == {"engine": "RuntimeError: no such library"}


@pytest.mark.usefixtures("without_engine")
def test_something_that_never_answers_is_not_waited_for(darkroom: Darkroom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(room: object) -> str:
        await asyncio.Event().wait()
        return "never"

    darkroom("migrate")
    monkeypatch.setattr(doctor, "PATIENCE", 0.05)
    monkeypatch.setattr(doctor, "_redis", hangs)
    assert wrong(darkroom("doctor", "--json"))["redis"] == "no answer within 0.05 seconds"


@pytest.mark.usefixtures("without_engine")
@pytest.mark.parametrize("detail", ["/data[/media]", "[red]alert[/red]", "[link=x]y[/link]", "[bold", "a\\[b]"])
def test_what_was_seen_is_shown_to_the_letter(capsys: pytest.CaptureFixture[str], detail: str) -> None:
    print_findings([Finding("disk", False, detail)], as_json=False)
    assert capsys.readouterr().out.split() == ["wrong", "disk", detail]


@pytest.mark.usefixtures("without_engine")
def test_what_keeps_decoders_in(darkroom: Darkroom, monkeypatch: pytest.MonkeyPatch) -> None:
    darkroom("migrate")
    assert re.search(r"^Landlock \d+, seccomp$", findings(darkroom("doctor", "--json"))["sandbox"]["detail"])
    monkeypatch.setattr("adapters.sandbox.landlock.version_here", lambda: 0)
    told = wrong(darkroom("doctor", "--json"))
    assert list(told) == ["sandbox"]
    assert "no Landlock, seccomp: workers do not start, unless SANDBOX=best-effort" in told["sandbox"]
    less = findings(darkroom("doctor", "--json", SANDBOX="best-effort"))["sandbox"]
    assert less["fine"]
    assert "kept in less" in less["detail"]
