"""What this system offers to keep decoders in, and the refusal to start without it."""

from dataclasses import dataclass

from entrypoints.logs import log
from entrypoints.refusals import CannotStart

LANDLOCK, SECCOMP = "Landlock (which files a process opens)", "seccomp (which system calls it makes)"


class WallMissing(CannotStart):
    """Decoders could not be kept in."""


@dataclass(frozen=True, slots=True)
class Walls:
    """Whether there are filters of system calls, and which version of Landlock; 0 is none."""

    filters: bool
    landlock: int

    @property
    def missing(self) -> str:
        """What there is not; empty where all is there."""
        return " and ".join(name for there, name in ((self.landlock, LANDLOCK), (self.filters, SECCOMP)) if not there)

    @property
    def told(self) -> str:
        """What there is."""
        landlock = f"Landlock {self.landlock}" if self.landlock else "no Landlock"
        return f"{landlock}, {'seccomp' if self.filters else 'no seccomp'}"


@dataclass(frozen=True, slots=True)
class WallsChecked:
    """Opened before any decoder: refuses a start without what the settings demand."""

    walls: Walls
    required: bool

    async def open(self) -> None:
        """`WallMissing`, or a warning where less will do."""
        if self.walls.missing:
            what = f"decoders cannot be kept in: this system has no {self.walls.missing}"
            if self.required:
                raise WallMissing(f"{what}. SANDBOX=best-effort starts all the same, with less protection")
            log("App", f"{what} (SANDBOX=best-effort)", level="warning")

    async def close(self) -> None:
        """Nothing to give back."""


def walls_here() -> Walls:
    """Asked of the kernel."""
    from adapters.sandbox.landlock import version_here
    from adapters.sandbox.syscalls import has_filters

    return Walls(has_filters(), version_here())
