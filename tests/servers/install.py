"""Installs through apt what the tests need and this machine lacks, where it may; else says the line to run."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.servers.needs import NEEDS, Need
from tests.servers.process import am_root

APT_INSTALL = Path(__file__).resolve().parents[2] / "scripts" / "apt-install.sh"


def install(needs: Iterable[Need], purpose: str = "the tests") -> None:
    """Leaves quietly either way: those who need it know whether a missing service is a failure."""
    wanted = absent(needs)
    if wanted and may_install():
        say(f"installing for {purpose}: {titles(wanted)}")
        subprocess.run(["sh", str(APT_INSTALL), *packages(wanted)], check=False, stdin=subprocess.DEVNULL)
        wanted = absent(wanted)
    if wanted:
        say(f"missing for {purpose}: {titles(wanted)}")
        say(advice(wanted))


def absent(needs: Iterable[Need]) -> list[Need]:
    return [need for need in needs if need.absence()]


def may_install() -> bool:
    if shutil.which("apt-get") is None:
        return False
    if am_root():
        return True
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def advice(needs: Iterable[Need]) -> str:
    needs = list(needs)
    if shutil.which("apt-get"):
        line = subprocess.run(
            ["sh", str(APT_INSTALL), "--say", *packages(needs)], capture_output=True, text=True, check=True
        )
        return f"install it with: {line.stdout.strip()}"
    brought = ", ".join(need.brought_by for need in needs if need.brought_by)
    line_for_others = "there is no apt-get here: install it the way of your system"
    return f"{line_for_others}, or name a running server by {brought}" if brought else line_for_others


def packages(needs: Iterable[Need]) -> list[str]:
    return [package for need in needs for package in need.packages]


def titles(needs: Iterable[Need]) -> str:
    return ", ".join(need.title for need in needs)


def say(line: str) -> None:
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    install(NEEDS)
