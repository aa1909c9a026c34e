"""How much memory the planner may take, and took."""

import resource
import sys

_MIB = 1024 * 1024


def limit(mib: int) -> None:
    """The process gives itself no more: who asks for more gets a MemoryError, and not the machine's last page."""
    for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
        # address space is cheap, and libraries reserve it in plenty: three times what may be filled
        wanted = mib * _MIB * (3 if kind == resource.RLIMIT_AS else 1)
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(kind, (wanted, hard))


def peak() -> int:
    """The most that was in memory at once, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
