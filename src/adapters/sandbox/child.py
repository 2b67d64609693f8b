"""The program of a fork server: it loads an engine, never reads a picture, and forks a decoder each time it is asked.

A decoder reads a question, runs the engine and writes the answers, until its socket ends.
"""

import gc
import importlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from adapters.sandbox.confinement import (
    die_with,
    drop_capabilities,
    limit_cpu,
    limit_cpu_for_life,
    limit_resources,
)
from adapters.sandbox.landlock import confine_files
from adapters.sandbox.reach import files_for_all, folders_for
from adapters.sandbox.recordings import examined_out
from adapters.sandbox.scratch import OUT, SOURCE
from adapters.sandbox.syscalls import allow_decoding_only
from adapters.sandbox.wire import LONGEST_REQUEST, Message, error_out, framed, line, order_in, result_out
from application.ports.image_transformer import DecoderLost
from domain.image_headers.budget import DecodeLimits

_LOADERS = tuple(map(Path, ("/lib", "/lib64", "/usr/lib")))  # of programs that are linked at run time


def main() -> None:
    """Serve one parent until it closes our socket or dies."""
    control = _private_socket()
    hello, _ = _request(control)
    if hello is None:
        return
    die_with(hello["parent"])
    try:
        engine = _load(hello["engine"])(DecodeLimits(**hello["picture"]))
    except Exception as error:  # noqa: BLE001 - whatever stops the engine, the parent must hear it
        control.sendall(line(error_out(error)))
        return
    folders = folders_for(engine)
    # What is loaded by now is shared with all decoders, as long as nobody touches it.
    gc.freeze()
    control.sendall(line({"ready": True, "readable": [str(folder) for folder in folders]}))
    while True:
        request, conversation = _request(control)
        if request is None:
            return
        control.sendall(line(_served(control, engine, folders, request, conversation)))


def _served(control: socket.socket, engine: Any, folders: list[Path], request: Message, conversation: int) -> Message:
    if "collect" in request:
        return {"status": _status(request["collect"])}
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError as error:
        os.close(conversation)
        return error_out(error)
    if not child:
        control.close()
        _decode(engine, folders, request, conversation, parent)
    os.close(conversation)
    return {"pid": child}


def _status(child: int) -> int:
    """How a decoder ended, whom our parent has killed if it did not end by itself."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except ChildProcessError:
        return -9


def _decode(engine: Any, folders: list[Path], request: Message, conversation: int, parent: int) -> NoReturn:
    status = 1
    try:
        os.setsid()
        die_with(parent)
        answers = os.fdopen(conversation, "wb", buffering=0, closefd=False)
        _enter_folder(Path(request["folder"]))
        if _confined(engine, folders, request, answers):
            _converse(engine, os.fdopen(conversation, "rb"), answers)
        status = 0
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else 1
    finally:
        # What our parent would do at its end is not ours to do.
        os._exit(status)


def _enter_folder(folder: Path) -> None:
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = str(folder / OUT)
    tempfile.tempdir = None


def _confined(engine: Any, folders: list[Path], request: Message, answers: BinaryIO) -> bool:
    limit_resources(**request["limits"])
    drop_capabilities()
    programs = getattr(engine, "programs", ())
    landlock = confine_files(
        readable=[*folders, *files_for_all(), Path.cwd()],
        writable=(Path(OUT), Path(os.devnull)),
        runnable=[*programs, *_LOADERS] if programs else (),
    )
    if programs:
        engine.begin(partial(_confine_program, os.getpid(), request["cpu_seconds"]))
    limit_cpu_for_life(request["cpu_seconds"])
    filters = allow_decoding_only()
    if request["required"] and not (landlock and filters):
        answers.write(framed(error_out(DecoderLost(f"Not kept in: {landlock=}, {filters=}."))))
        return False
    answers.write(framed({"done": True}))
    return True


def _converse(engine: Any, questions: BinaryIO, answers: BinaryIO) -> None:
    while (question := _read(questions)) is not None:
        limit_cpu(question["cpu_seconds"])
        answers.writelines(framed({**message, "call": question["call"]}) for message in _answers(engine, question))


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


def _private_socket() -> socket.socket:
    # What libraries print must not end up between our answers.
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    os.close(nothing)
    return control


def _request(control: socket.socket) -> tuple[Message | None, int]:
    """What the parent wants, and what it sent along, -1 for nothing."""
    words, sent = b"", -1
    while not words.endswith(b"\n"):
        more, descriptors, _, _ = socket.recv_fds(control, LONGEST_REQUEST, 1)
        if not more:
            return None, sent
        words += more
        sent = descriptors[0] if descriptors else sent
    message: Message = json.loads(words)
    return message, sent


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
