"""A seccomp filter for decoders on Linux: the system calls that decoding needs, and no others.

What is not listed answers EPERM, so that a library that only tries goes on without; killing would make a picture fail
each time a library gets a new habit, and a call that is refused does no harm. Calls newer than the list answer ENOSYS,
which makes libraries take the older one. Files are opened by any of these calls only where Landlock lets them.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Sequence

# By name: the number on x86_64 and on aarch64, where each has it.
_ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # reading and writing what is open
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "preadv": (295, 69),
    "pwritev": (296, 70),
    "lseek": (8, 62),
    "sendfile": (40, 71),
    "copy_file_range": (326, 285),
    "ftruncate": (77, 46),
    "close": (3, 57),
    "close_range": (436, 436),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    # memory
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "mincore": (27, 232),
    "membarrier": (324, 283),
    # files, of which Landlock says which
    "open": (2, None),
    "openat": (257, 56),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "stat": (4, None),
    "lstat": (6, None),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "getdents": (78, None),
    "getdents64": (217, 61),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "umask": (95, 166),
    "fadvise64": (221, 223),
    # threads and the end
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "rseq": (334, 293),
    "set_tid_address": (218, 96),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "gettid": (186, 178),
    "getcpu": (309, 168),
    "arch_prctl": (158, None),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    # signals to ourselves
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "rt_sigpending": (127, 136),
    "restart_syscall": (219, 128),
    # waiting
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "eventfd2": (290, 19),
    "wait4": (61, 260),
    "waitid": (247, 95),
    # asking who we are, what time it is, what we have used
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getpgrp": (111, None),
    "getpgid": (121, 155),
    "getsid": (124, 156),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "times": (100, 153),
    "getrusage": (98, 165),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrandom": (318, 278),
    "getrlimit": (97, 163),
    "setrlimit": (160, 164),
}
_NEWEST_KNOWN = 450
_EXECVE = (59, 221)
_CLONE, _CLONE3, _FCNTL, _IOCTL, _PRLIMIT, _TGKILL = (56, 220), (435, 435), (72, 25), (16, 29), (302, 261), (234, 131)
_SECCOMP = (317, 277)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# What glibc and musl ask for when they start a thread: no namespace, no process, nothing traced.
_CLONE_THREAD, _FLAGS_OF_A_THREAD = 0x10000, 0x7D0F00
# Duplicates, flags, and locks that are only asked about; none that makes the kernel send signals to somebody.
_FCNTL_HARMLESS = (0, 1, 2, 3, 5, 1030, 1032)
_F_SETFL, _O_ASYNC = 4, 0x2000
_IOCTL_HARMLESS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # terminals, FIONREAD, FIONBIO, close on exec

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE, _UNKNOWN = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE = 0, 4
_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 38, 4
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_GET_ACTION_AVAIL = 2

Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def has_filters() -> bool:
    """Whether this kernel filters system calls, as far as can be asked."""
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    action = ctypes.c_uint32(_ERRNO)
    return bool(ctypes.CDLL(None).syscall(_SECCOMP[known[0]], _GET_ACTION_AVAIL, 0, ctypes.byref(action)) == 0)


def allow_decoding_only(*, and_becoming_another: bool = False) -> bool:
    """Filter this process for ever; tells whether the kernel agreed. It may be let become another program, confined."""
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    which, machine = known
    code = _code(which, machine, _EXECVE[which : which + 1] if and_becoming_another else ())
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    program = _Program(len(code) // 8, code)
    return bool(libc.syscall(_SECCOMP[which], _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0)


def hide_this_process() -> None:
    """Close our memory and our environment, where secrets are, to other processes of the same user."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _code(which: int, machine: int, besides: Iterable[int]) -> bytes:
    always = [number for call in _ALLOWED.values() if (number := call[which]) is not None]
    steps: list[Step] = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        # The x32 calls of x86 are the same calls under other numbers.
        (_AT_LEAST, 0, 1, 0x40000000),
        (_RETURN, 0, 0, _KILL),
        (_AT_LEAST, 0, 1, _NEWEST_KNOWN + 1),
        (_RETURN, 0, 0, _UNKNOWN),
    ]
    for number in (*always, *besides):
        steps += _call(number, [(_RETURN, 0, 0, _ALLOW)])
    # A filter cannot look behind clone3's pointer; without it the C library takes clone.
    steps += _call(_CLONE3[which], [(_RETURN, 0, 0, _UNKNOWN)])
    steps += _call(_CLONE[which], _A_THREAD)
    steps += _call(_FCNTL[which], _one_of(1, _FCNTL_HARMLESS, _FLAGS_WITHOUT_SIGNALS))
    steps += _call(_IOCTL[which], _one_of(1, _IOCTL_HARMLESS))
    steps += _call(_PRLIMIT[which], _one_of(0, (0,)))
    # To end ourselves, as the C library does when it finds its memory damaged.
    steps += _call(_TGKILL[which], _one_of(0, (os.getpid(),)))
    return b"".join(struct.pack("=HBBI", *step) for step in (*steps, (_RETURN, 0, 0, _REFUSE)))


def _call(number: int, then: Sequence[Step]) -> list[Step]:
    return [(_EQUAL, 0, len(then), number), *then]


def _argument(place: int) -> Step:
    """Its lower half, which is all that the kernel looks at where these are numbers or flags."""
    return (_LOAD, 0, 0, 16 + 8 * place)


def _one_of(place: int, values: Iterable[int], otherwise: Sequence[Step] = ((_RETURN, 0, 0, _REFUSE),)) -> list[Step]:
    tried = [step for value in values for step in ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW))]
    return [_argument(place), *tried, *otherwise]


_A_THREAD = (
    _argument(0),
    (_BITS, 0, 1, 0xFFFFFFFF & ~_FLAGS_OF_A_THREAD),
    (_RETURN, 0, 0, _REFUSE),
    (_BITS, 1, 0, _CLONE_THREAD),
    (_RETURN, 0, 0, _REFUSE),
    (_RETURN, 0, 0, _ALLOW),
)
_FLAGS_WITHOUT_SIGNALS = (
    (_EQUAL, 1, 0, _F_SETFL),
    (_RETURN, 0, 0, _REFUSE),
    _argument(2),
    (_BITS, 0, 1, _O_ASYNC),
    (_RETURN, 0, 0, _REFUSE),
    (_RETURN, 0, 0, _ALLOW),
)
