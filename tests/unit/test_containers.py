"""compose.yaml and the Dockerfile keep up with the settings and with the tree."""

import re
from typing import Any

import pytest
import yaml

from entrypoints.settings import Settings, load_settings, names
from tests.conftest import ROOT
from tests.tables import over_rows

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
KNOWN = {name for field in Settings.model_fields.values() for name in names(field)}
NOT_SETTINGS = {"PATH", "PYTHONUNBUFFERED", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR", "PIP_ROOT_USER_ACTION"}


def defaults(value: str) -> str:
    """What compose puts in when the user has set nothing."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_the_services_are_all_there() -> None:
    assert set(SERVICES) == {"api", "worker", "migrate", "postgres", "s3", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_our_services_use_settings_that_exist_and_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES[name]["environment"]
    assert set(environment) <= KNOWN
    for setting, value in environment.items():
        monkeypatch.setenv(setting, defaults(value))
    settings = load_settings()
    assert (settings.database_kind, settings.store) == ("postgres", "s3")


@over_rows(("name", "service"), SERVICES.items())
def test_a_service_waits_only_for_what_can_become_ready(name: str, service: dict[str, Any]) -> None:
    for other, how in service.get("depends_on", {}).items():
        assert other in SERVICES
        ends = SERVICES[other].get("restart") == "no"
        assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")
        assert ends or "healthcheck" in SERVICES[other]


@over_rows(("name", "service"), SERVICES.items())
def test_ports_are_published_to_this_machine_only(name: str, service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_named_volumes_are_declared() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_the_image_copies_what_the_build_context_holds() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied <= let_in
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_the_image_sets_settings_that_exist() -> None:
    lines = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    assert {word.partition("=")[0] for line in lines for word in line.split()} <= KNOWN | NOT_SETTINGS
    assert re.search(r"^USER (?!root)\w+$", DOCKERFILE, re.MULTILINE)
