"""The program of one decoder process: read a question, run the engine, write the answers, until stdin ends."""

import importlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from adapters.sandbox.confinement import die_with, drop_capabilities, limit_cpu, limit_cpu_for_life, limit_resources
from adapters.sandbox.landlock import confine_files
from adapters.sandbox.reach import files_for_all, folders_for
from adapters.sandbox.recordings import examined_out
from adapters.sandbox.scratch import OUT, SOURCE
from adapters.sandbox.syscalls import allow_decoding_only
from adapters.sandbox.wire import Message, error_out, framed, order_in, result_out
from application.ports.image_transformer import DecoderLost
from domain.image_headers.budget import DecodeLimits

_LOADERS = tuple(map(Path, ("/lib", "/lib64", "/usr/lib")))  # of programs that are linked at run time


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
    drop_capabilities()
    # Loading may look for libraries by running programs; pictures may not.
    programs = getattr(engine, "programs", ())
    folders = folders_for(engine)
    landlock = confine_files(
        readable=[*folders, *files_for_all(), Path.cwd()],
        writable=(Path(OUT), Path(os.devnull)),
        runnable=[*programs, *_LOADERS] if programs else (),
    )
    if programs:
        engine.begin(partial(_confine_program, os.getpid(), hello["cpu_seconds"]))
    filters = allow_decoding_only()
    if hello["required"] and not (landlock and filters):
        answers.write(framed(error_out(DecoderLost(f"Not kept in: {landlock=}, {filters=}."))))
        return
    answers.write(framed({"readable": [str(folder) for folder in folders]}))
    answers.write(framed({"done": True}))
    while (question := _read(questions)) is not None:
        limit_cpu(question["cpu_seconds"])
        for message in _answers(engine, question):
            answers.write(framed({**message, "call": question["call"]}))


def _answers(engine: Any, question: Message) -> Iterator[Message]:
    # Decoders read options and patterns out of file names; ours has nothing to read.
    source, mime_type = Path(SOURCE), question["mime_type"]
    try:
        if "orders" in question:
            orders = [order_in(order) for order in question["orders"]]
            for result in engine.render(source, mime_type, orders, Path(OUT), keep_camera=question["keep_camera"]):
                yield result_out(result)
        elif "poster" in question:
            yield examined_out(engine.examine(source, mime_type, Path(OUT) if question["poster"] else None))
        elif "facts" in question:
            yield {"facts": engine.read(source, mime_type)}
        else:
            yield asdict(engine.probe(source, mime_type))
    except Exception as error:  # noqa: BLE001 - one bad picture must not end the process
        yield error_out(error)
    else:
        yield {"done": True}


def _confine_program(parent: int, cpu_seconds: int) -> None:
    """For the one program that an engine may have: it gets no more than we have, and cannot start another beside it."""
    die_with(parent)
    limit_cpu_for_life(cpu_seconds)
    allow_decoding_only(and_becoming_another=True)


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
