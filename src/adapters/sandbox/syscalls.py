"""A seccomp filter for decoders on Linux: no processes, no programs, no network, no hands on others and their files.

Threads stay allowed. Where the kernel or the machine type offers no filter, limits and the process group remain.
"""

import ctypes
import errno
import platform
import struct
import sys

_IO_URING = (425, 426, 427)  # which does what other calls do, past any filter of those
_ARCHITECTURES = {
    "x86_64": (
        0xC000003E,
        56,
        317,
        (
            *(57, 58, 59, 322),  # fork vfork execve execveat
            *(
                62,
                200,
                234,
                129,
                297,
                434,
                424,
            ),  # kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open/signal
            *(101, 310, 311, 438),  # ptrace process_vm_readv/writev pidfd_getfd
            *(41, 42, 49, 53, *_IO_URING),  # socket connect bind socketpair
            *(112, 109, 157),  # setsid setpgid prctl: it goes where and when we go
            *(272, 308, 165, 161, 304),  # unshare setns mount chroot open_by_handle_at
            *(76, 90, 91, 268, 452),  # truncate chmod fchmod fchmodat fchmodat2
            *(92, 93, 94, 260),  # chown fchown lchown fchownat
            *(248, 249, 250, 298, 321, 323),  # add_key request_key keyctl perf_event_open bpf userfaultfd
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        277,
        (
            *(221, 281),  # execve execveat
            *(
                129,
                130,
                131,
                138,
                240,
                434,
                424,
            ),  # kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open/signal
            *(117, 270, 271, 438),  # ptrace process_vm_readv/writev pidfd_getfd
            *(198, 203, 200, 199, *_IO_URING),  # socket connect bind socketpair
            *(157, 154, 167),  # setsid setpgid prctl
            *(97, 268, 40, 51, 265),  # unshare setns mount chroot open_by_handle_at
            *(45, 52, 53, 452, 54, 55),  # truncate fchmod fchmodat fchmodat2 fchownat fchown
            *(217, 218, 219, 241, 280, 282),  # add_key request_key keyctl perf_event_open bpf userfaultfd
        ),
    ),
}
_EXECVE = {"x86_64": 59, "aarch64": 221}
_CLONE3 = 435
_CLONE_THREAD = 0x10000
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_DUMPABLE = 4
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_processes_and_network(*, but_becoming_another: bool = False) -> bool:
    """Filter this process for ever; tells whether the kernel agreed. It may be let become another program, confined."""
    known = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    machine, clone, seccomp, forbidden = known
    if but_becoming_another:
        forbidden = tuple(number for number in forbidden if number != _EXECVE[platform.machine()])
    code = _code(machine, clone, forbidden)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    program = _Program(len(code) // 8, code)
    return bool(libc.syscall(seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0)


def hide_this_process() -> None:
    """Close our memory and our environment, where secrets are, to other processes of the same user."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _code(machine: int, clone: int, forbidden: tuple[int, ...]) -> bytes:
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        # The x32 calls of x86 are the same calls under other numbers.
        (_AT_LEAST, 0, 1, 0x40000000),
        (_RETURN, 0, 0, _KILL),
    ]
    for number in forbidden:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    # A filter cannot look behind clone3's pointer; without it the C library takes clone.
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    steps += [
        (_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_BITS, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
