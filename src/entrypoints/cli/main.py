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
        from entrypoints.cli.interrupts import quit_at_once
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    quit_at_once()
    # Keys, password hashes and private files: what we write is for no other account to read.
    os.umask(0o077)
    from entrypoints.cli.program import run

    try:
        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        quit_at_once()
