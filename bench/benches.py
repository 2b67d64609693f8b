"""Which benches there are, and what they want of the machine."""

from dataclasses import dataclass

from bench.peers import NGINX
from tests.servers.needs import MAGICK, POSTGRES, Need


@dataclass(frozen=True, slots=True)
class Bench:
    """A module of this package; its docstring says what it measures. `seconds` is when it is given up."""

    name: str
    module: str
    needs: tuple[Need, ...] = ()
    group: str = ""
    seconds: int = 240


BENCHES = (
    Bench("pipeline", "pipeline"),
    Bench("engines", "engines", (MAGICK,)),
    Bench("upload", "upload"),
    Bench("serve", "serve", (NGINX,)),
    Bench("me", "me", group="api"),
    Bench("file", "file", group="api"),
    Bench("list", "listing", group="api"),
    Bench("login_storm", "login_storm"),
    Bench("queue", "queue", (POSTGRES,)),
    Bench("scale", "scale", (POSTGRES,)),
    Bench("memory", "memory"),
    Bench("idle", "idle", (POSTGRES,)),
)
NAMES = sorted({name for bench in BENCHES for name in (bench.name, bench.group) if name})


def chosen(names: list[str]) -> list[Bench]:
    """Those of these names or groups, in our order; all of them when none is named."""
    return [bench for bench in BENCHES if not names or bench.name in names or bench.group in names]
