"""A program that counts in a shared folder: what stdin says, until stdin ends."""

import asyncio
import os
import sys
from pathlib import Path

from adapters.prometheus.measures import PrometheusMeasures
from adapters.prometheus.page import PrometheusPage
from adapters.prometheus.places import take_place
from adapters.prometheus.values import keep_in_files
from domain.media_kinds import MediaKind


def main(folder: str, program: str) -> None:
    """Say the number of our place, then answer each line: upload, page, or die."""
    place = take_place(Path(folder))
    keep_in_files(place)
    measures = PrometheusMeasures()
    page = PrometheusPage(measures, program=program, version="1", place=place)
    page.tell_of_itself()
    say(str(place.number))
    for line in sys.stdin:
        match line.strip():
            case "upload":
                measures.uploaded(MediaKind.IMAGE, 10)
                measures.claimed(0.5, [])
                say("done")
            case "page":
                say(asyncio.run(page.write(None)).decode() + "# END")
            case "die":
                os.kill(os.getpid(), 9)


def say(text: str) -> None:
    """To whoever started us."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
