"""What a list costs: CPU of GET /files by API key (a page of ten) against a handwritten route with the same SQL."""

import sys

from bench.against_handwritten import compare, with_pictures


def main() -> int:
    """The first page of a project with more than one."""
    with with_pictures(12) as place:
        return compare("list", place, "/files", "GET /files", target=None)


if __name__ == "__main__":
    sys.exit(main())
