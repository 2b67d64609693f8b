"""What one decoder process may spend."""

from dataclasses import dataclass, field

from domain.image_headers.budget import DecodeLimits


@dataclass(frozen=True, slots=True)
class DecoderLimits:
    """Per call: wall clock, CPU, the picture, all files together. Per process: memory, the size of each file, open
    files, threads, calls in a life. `tasks` is for all of this user's processes, as the kernel counts.
    """

    wall_seconds: float = 60
    cpu_seconds: int = 60
    wait_seconds: float = 60
    start_seconds: float = 20
    picture: DecodeLimits = field(default_factory=DecodeLimits)
    # Generous on purpose: libvips near a tight address space aborts at random places.
    memory_bytes: int = 4 << 30
    file_bytes: int = 1 << 30
    disk_bytes: int = 2 << 30
    threads: int = 256
    open_files: int = 64
    tasks: int = 4096
    calls: int = 500
