"""What every test may count on: one event loop library, steady properties, nobody's private settings."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

from entrypoints.settings import Settings
from tests.servers.process import end_with

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
SETTING_LINE = re.compile(r"^\s*#?\s*([A-Z][A-Z0-9_]*)=", re.MULTILINE)

settings.register_profile("laptop", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=20)  # chosen by `make test-fast`
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if IN_CI else "laptop")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long ones too: `make soak`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless asked for; each has a short sibling that stays."""
    if not config.getoption("--soak"):
        long = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]


def pytest_configure() -> None:
    # By default SIGTERM ends pytest on the spot; as an interrupt it lets every fixture tidy up first.
    signal.signal(signal.SIGTERM, interrupt)
    if "PYTEST_XDIST_WORKER" in os.environ:
        # One of several that run side by side: it ends with the run, even with one that is killed.
        end_with(os.getppid())


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


class ForeignDotenv:
    """`.env` of the working directory, unless that is the repository, where it is the developer's own."""

    def __fspath__(self) -> str:
        return os.devnull if Path.cwd() == ROOT else ".env"


@pytest.fixture(scope="session", autouse=True)
def no_private_settings() -> Iterator[None]:
    """Keep what the developer has set for a Darkroom of their own away from the tests."""
    example = ROOT / ".env.example"
    names = SETTING_LINE.findall(example.read_text()) if example.exists() else []
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.delenv(name, raising=False)
        patch.setitem(Settings.model_config, "env_file", ForeignDotenv())  # type: ignore[typeddict-item]
        yield
