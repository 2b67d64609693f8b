"""The program `darkroom`.

Python has loaded what is imported here before it came to this file. Everything else is imported inside `main`, so that
Ctrl-C is quiet while it loads and so that `--help` loads little.
"""

import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the program; an error that is expected is one line, not a traceback."""
    try:
        from entrypoints.cli.interrupts import ignored_at_exit, quit_at_once
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    quit_at_once()
    ignored_at_exit()
    # Keys, password hashes and private files: what we write is for no other account to read.
    os.umask(0o077)
    try:
        from entrypoints.cli.program import run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ImportError:
        explain_failed_import()
    finally:
        quit_at_once()


def explain_failed_import() -> None:
    """End in one line when another project's files lie in our packages; else raise the error that is being handled."""
    from entrypoints.foreign_packages import foreign_packages

    found = foreign_packages()
    if found is None:
        raise  # noqa: PLE0704  called while the error is handled
    print(f"darkroom: {found}", file=sys.stderr)
    sys.exit(1)
