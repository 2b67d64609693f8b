"""Every benchmark in turn; the exit code is 1 when one of them missed its target."""

import sys

from bench import file, listing, login_storm, me, pipeline, queue, upload


def main() -> int:
    """Run them all, whatever becomes of each."""
    missed = 0
    for each in (me, login_storm, upload, file, listing, pipeline, queue):
        print(f"{each.__name__.rpartition('.')[2]}: {(each.__doc__ or '').strip()}")
        missed |= each.main()
    return missed


if __name__ == "__main__":
    sys.exit(main())
