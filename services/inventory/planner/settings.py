"""What the planner is told, beside what every process is told."""

from pydantic import Field

from kit.settings import ProcessSettings


class Settings(ProcessSettings):
    """One run's name and bounds."""

    # empty: the day; a run that is done is not done again
    run_id: str = Field(default="", max_length=64)
    # the process gives itself no more; a run that needs more ends with a clear word
    memory_mb: int = Field(default=2048, ge=256, le=65_536)
    # forecasts of older runs are swept
    keep_runs: int = Field(default=4, ge=1, le=100)
    # one statement may read a year's journal of some hundred goods
    statement_seconds: float = Field(default=60, ge=1, le=3600)
