"""What the e-invoice simulator is told."""

from pathlib import Path

from kit.settings import ProcessSettings


class Settings(ProcessSettings):
    """Where it keeps its book."""

    # a file, so that what was handed in survives a restart; empty keeps it in memory
    state_file: Path | None = None
