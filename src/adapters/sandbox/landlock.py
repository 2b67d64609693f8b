"""Landlock: a process tells the kernel which files it will ever open; all others are closed to it from then on.

Linux has it since 5.13, where it is switched on. It holds for the thread that asks and for those that it starts later.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_MACHINES = ("x86_64", "aarch64")
_VERSION_ASKED, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REG, _TRUNCATE = (
    1 << bit for bit in (0, 1, 2, 3, 5, 8, 14)
)
_READ = _READ_FILE | _READ_DIR
# Files, and no folders in folders.
_WRITE = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE
_RUN = _READ | _EXECUTE
_ON_FILES = _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE
# How many kinds of access each version of it knows.
_KINDS = {1: 13, 2: 14, 3: 15, 4: 15}
_KINDS_SINCE = 16
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_BIND_AND_CONNECT_TCP, _SOCKETS_AND_SIGNALS = 3, 3


def version_here() -> int:
    """Which version of it this kernel offers; 0 where there is none."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return 0
    version: int = ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _VERSION_ASKED)
    return max(0, version)


def confine_files(readable: Iterable[Path], writable: Iterable[Path], runnable: Iterable[Path] = ()) -> int:
    """Open and run nothing but what lies below these any more; the version in force, 0 where the kernel refused.

    Newer kernels also forbid TCP (version 4), and signals and sockets to whoever is not confined with us (6).
    """
    version = version_here()
    if version < 1:
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    known = (1 << _KINDS.get(version, _KINDS_SINCE)) - 1
    rules = libc.syscall(_CREATE_RULESET, *_handled(known, version), 0)
    if rules < 0:
        return 0
    try:
        for paths, access in ((readable, _READ), (writable, _WRITE), (runnable, _RUN)):
            for path in paths:
                _allow(libc, rules, path, access & known)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return version if libc.syscall(_RESTRICT_SELF, rules, 0) == 0 else 0
    finally:
        os.close(rules)


def _handled(kinds: int, version: int) -> tuple[bytes, int]:
    network = struct.pack("=Q", _BIND_AND_CONNECT_TCP) if version >= _NETWORK_SINCE else b""
    scopes = struct.pack("=Q", _SOCKETS_AND_SIGNALS) if version >= _SCOPES_SINCE else b""
    attributes = struct.pack("=Q", kinds) + network + scopes
    return attributes, len(attributes)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, access: int) -> None:
    """What is not there needs no rule."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            access &= _ON_FILES
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", access, place), 0)
    finally:
        os.close(place)
