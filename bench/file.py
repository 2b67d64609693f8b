"""What a file costs: CPU of GET /files/{id} by API key against a handwritten route with the same SQL and answer."""

import sys

from bench.against_handwritten import compare, with_pictures

TARGET = 1.3


def main() -> int:
    """One picture with variants."""
    with with_pictures(1) as place:
        return compare("file", place, f"/files/{place.pictures[0]}", "GET /files/{id}", target=TARGET)


if __name__ == "__main__":
    sys.exit(main())
