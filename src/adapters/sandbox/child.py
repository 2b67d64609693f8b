"""The program of one decoder process: read a question, run the engine, write the answers, until stdin ends."""

import importlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from adapters.sandbox.confinement import die_with, limit_cpu, limit_resources
from adapters.sandbox.syscalls import forbid_processes_and_network
from adapters.sandbox.wire import Message, error_out, framed, order_in, result_out
from domain.image_headers.budget import DecodeLimits


def main() -> None:
    """Serve one parent until it closes our stdin or dies."""
    questions, answers = _private_pipes()
    hello = _read(questions)
    if hello is None:
        return
    die_with(hello["parent"])
    limit_resources(**hello["limits"])
    try:
        engine = _load(hello["engine"])(DecodeLimits(**hello["picture"]))
    except Exception as error:  # noqa: BLE001 - whatever stops the engine, the parent must hear it
        answers.write(framed(error_out(error)))
        return
    # Loading may look for libraries by running programs; pictures may not.
    forbid_processes_and_network()
    answers.write(framed({"done": True}))
    while (question := _read(questions)) is not None:
        limit_cpu(question["cpu_seconds"])
        for message in _answers(engine, question):
            answers.write(framed({**message, "call": question["call"]}))


def _answers(engine: Any, question: Message) -> Iterator[Message]:
    try:
        with _plainly_named(question["source"]) as source:
            if "orders" in question:
                orders = [order_in(order) for order in question["orders"]]
                for result in engine.render(source, question["mime_type"], orders, Path(question["into"])):
                    yield result_out(result)
            else:
                yield asdict(engine.probe(source, question["mime_type"]))
    except Exception as error:  # noqa: BLE001 - one bad picture must not end the process
        yield error_out(error)
    else:
        yield {"done": True}


@contextmanager
def _plainly_named(source: str) -> Iterator[Path]:
    # Decoders read options and patterns out of file names; ours has nothing to read.
    name = Path("source")
    name.unlink(missing_ok=True)
    Path(source).stat()
    name.symlink_to(source)
    try:
        yield name
    finally:
        name.unlink(missing_ok=True)


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    # What libraries print must not end up between our answers.
    questions, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return os.fdopen(questions, "rb"), os.fdopen(answers, "wb", buffering=0)


def _read(questions: BinaryIO) -> Message | None:
    head = questions.read(4)
    if len(head) < 4:
        return None
    message: Message = json.loads(questions.read(int.from_bytes(head, "big")))
    return message


def _load(dotted: str) -> Any:
    module, _, name = dotted.partition(":")
    return getattr(importlib.import_module(module), name)


if __name__ == "__main__":
    main()
