"""What a decoder process takes away from itself before it meets a picture."""

import ctypes
import math
import os
import resource
import signal
import struct
import sys

_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _CLEAR_ALL = 1, 24, 38, 47, 4
_CAPABILITIES, _CAPABILITY_VERSION = 64, 0x20080522


def die_with(parent: int) -> None:
    """Ask the kernel to kill us with the thread that started us; elsewhere the end of stdin does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


def drop_capabilities() -> None:
    """Of what root may do beyond others, nothing; and no program that is run gives it back."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_CAP_AMBIENT, _CLEAR_ALL, 0, 0, 0)
    for capability in range(_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.capset(struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24))


def limit_resources(memory_bytes: int, file_bytes: int, open_files: int, tasks: int) -> None:
    """Set what holds for the whole life of the process.

    The kernel counts tasks (processes and threads) by user, all of this user's together, and root's not at all.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    _lower(resource.RLIMIT_NOFILE, open_files)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_NPROC, tasks)
        _lower(resource.RLIMIT_AS, memory_bytes)


def limit_cpu(seconds: int) -> None:
    """Grant so many more seconds of CPU; the soft limit moves, and passing it kills."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(usage.ru_utime + usage.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def limit_cpu_for_life(seconds: int) -> None:
    """Grant so many seconds of CPU in all; for a program that nobody grants more, call by call."""
    _lower(resource.RLIMIT_CPU, seconds)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
