"""What the carrier simulator is told."""

from pathlib import Path

from pydantic import Field

from kit.settings import ProcessSettings


class Settings(ProcessSettings):
    """Where it keeps its book, and whom it tells."""

    # a file, so that what was promised survives a restart; empty keeps it in memory
    state_file: Path | None = None
    # where it sends signed notifications; empty tells nobody
    webhook_url: str = ""
    webhook_secret: str = Field(default="development-webhook-secret-000001", min_length=16, repr=False)
    # how people reach it who follow a parcel; empty takes the address that it listens on
    public_url: str = ""
