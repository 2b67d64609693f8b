"""Runs the benches one after the other, each in a program of its own; the exit code is 1 when one missed its target."""

import argparse
import importlib
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Timer

from bench.benches import NAMES, Bench, chosen
from bench.loops import ROOT, python
from bench.page import write
from bench.results import Results
from tests.servers.install import install


def main() -> int:
    """All of them, or those named."""
    asked = argparse.ArgumentParser(prog="python -m bench", description="Measure what is promised about speed.")
    asked.add_argument("names", nargs="*", metavar="NAME", choices=[[], *NAMES], help=", ".join(NAMES))
    asked.add_argument("--write", type=Path, metavar="PAGE", help="put the last figures into this page, afterwards")
    asked.add_argument("--last", action="store_true", help="measure nothing: only --write")
    told = asked.parse_args()
    results, failed = Results(), []
    if not told.last:
        failed = run_all(chosen(told.names), results)
    if told.write:
        write(told.write, results.kept())
    return int(bool(failed))


def run_all(benches: Sequence[Bench], results: Results) -> list[str]:
    """One after the other; the names of those that failed or missed a target."""
    install({need.title: need for bench in benches for need in bench.needs}.values(), "the benches")
    began, failed = time.monotonic(), []
    for number, bench in enumerate(benches, 1):
        print(f"[{number}/{len(benches)}] {bench.name}: {what(bench)}", flush=True)
        started = time.monotonic()
        if run(bench, results):
            failed.append(bench.name)
        print(f"  took {time.monotonic() - started:.0f} s", flush=True)
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"all of it took {minutes} min {seconds} s; {', '.join(failed) or 'nothing'} missed a target or failed")
    return failed


def what(bench: Bench) -> str:
    """The first line of its docstring."""
    return (importlib.import_module(f"bench.{bench.module}").__doc__ or "").strip().partition("\n")[0]


def run(bench: Bench, results: Results) -> int:
    """Pass on what it prints, keep what it tells."""
    late = False

    def give_up() -> None:
        nonlocal late
        late = True
        child.send_signal(signal.SIGINT)  # as if somebody had pressed Ctrl-C: it takes its servers away

    with subprocess.Popen(python(f"bench.{bench.module}"), cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        over = Timer(bench.seconds, give_up)
        over.start()
        try:
            assert child.stdout is not None
            for line in child.stdout:
                print(line, end="", flush=True)
                results.hear(line)
        finally:
            over.cancel()
    if late:
        print(f"  {bench.name}: given up after {bench.seconds} s")
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
