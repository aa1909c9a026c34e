"""The planner as operators start it: a process of its own with its own default limits, watched from outside."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine, processes
from kit.settings import child_environment

_EVERY = 0.05
_LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended; seconds of the clock from start to end of the process, peak of its resident memory."""

    code: int
    said: str
    wall: float
    cpu: float
    postgres_cpu: float
    peak_mib: float


def run(dsn: str, run_id: str, postgres: int) -> Ended:
    """Runs `python -m services.inventory.planner` on a database; `postgres` is the server's process."""
    told = {"OMO_ENV": "test", "OMO_POSTGRES_DSN": dsn, "OMO_RUN_ID": run_id, "OMO_LOG_LEVEL": "error"}
    # as `omoctl plan`, the container and the CronJob start it: no memory limit is named, so that its default holds
    ways = {"PYTHONPATH": f"{machine.CLONE}{os.pathsep}{machine.CLONE / 'gen'}", "OPENBLAS_NUM_THREADS": "1"}
    before, used, begun, peak = processes.cpu_ms(postgres), _children(), time.monotonic(), 0.0
    child = subprocess.Popen(
        [sys.executable, "-m", "services.inventory.planner"],
        env=child_environment(**told, **ways),
        cwd=machine.CLONE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while child.poll() is None and time.monotonic() < begun + _LONGEST:
        peak = max(peak, _high_water(child.pid))
        time.sleep(_EVERY)
    wall = time.monotonic() - begun
    child.kill()
    said, _ = child.communicate()
    served = (processes.cpu_ms(postgres) - before) / 1e3
    return Ended(child.returncode, said.strip(), wall, _children() - used, served, peak)


def _children() -> float:
    """Seconds of processor time of all that this process has waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _high_water(pid: int) -> float:
    """The kernel's own high-water mark; unlike getrusage's it has nothing of the process that started this one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(marks[0]) / 1024 if marks else 0.0
