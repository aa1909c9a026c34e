"""A server process from start to stop."""

from kit.process.composition import Process
from kit.process.entry import main
from kit.process.running import Front, Loop

__all__ = ["Front", "Loop", "Process", "main"]
