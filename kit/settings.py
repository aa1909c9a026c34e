"""Reads the environment of a process, refusing what is unknown or unsafe; the only place that does."""

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from kit import faultpoints

PREFIX = "OMO_"
EXIT_CONFIG = 78  # sysexits.h EX_CONFIG: a supervisor must not restart what cannot start
# set for the tools around a process and inherited by it; no process reads them here
_AMBIENT = frozenset({"OMO_HOME", "OMO_USER", "OMO_DEPTH", "OMO_MIGRATE_DSN", "OMO_MIGRATE_DSN_FILE"})
_WEAK = frozenset({"", "secret", "change-me", "changeme", "development"})

S = TypeVar("S", bound="ProcessSettings")


class SettingsRefused(ValueError):
    """The environment is incomplete, unknown or unsafe; the message is one line for the operator."""


class ProcessSettings(BaseSettings):
    """What every server process is told; a service adds its own fields in its settings.py.

    Secrets are kept out of `repr`; each field may also come from the file
    that `OMO_<FIELD>_FILE` names, which is how Kubernetes mounts a secret.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    env: Literal["production", "development", "test", "demo"] = "development"
    name: str = ""
    listen: str = "127.0.0.1:0"
    metrics_listen: str = "127.0.0.1:0"
    address_file: Path | None = None
    postgres_dsn: str = Field(default="", repr=False)
    postgres_pool: int = Field(default=8, ge=1, le=64)
    nats_url: str = ""
    nats_seed: str = Field(default="", repr=False)
    valkey_url: str = Field(default="", repr=False)
    otlp_endpoint: str | None = None
    trace_file: Path | None = None
    trace_ratio: float = Field(default=1.0, ge=0, le=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    time_zone: str = "Asia/Taipei"
    currency: str = Field(default="TWD", pattern=r"^[A-Z]{3}$")
    member_target: str = ""
    order_target: str = ""
    inventory_target: str = ""
    attribution_target: str = ""
    issuer: str = "omo"
    service_secret: str = Field(default="", repr=False)
    faults: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `read` was given: it alone knows which variables are unknown."""
        return (init_settings,)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone") from error
        return value

    @model_validator(mode="after")
    def _safe_process(self) -> Self:
        if self.faults and self.env not in ("test", "development"):
            raise ValueError(f"OMO_FAULTS is set, and OMO_ENV is {self.env}: fault points are for tests only")
        if self.env == "production" and self.service_secret.lower() in _WEAK:
            raise ValueError("OMO_SERVICE_SECRET is missing or a default, and OMO_ENV is production")
        return self


def read(kind: type[S], environment: Mapping[str, str]) -> S:
    """The settings in `environment`; raises SettingsRefused with one line that says what is wrong."""
    given = {key: value for key, value in environment.items() if key.startswith(PREFIX) and key not in _AMBIENT}
    values: dict[str, str] = {}
    for key, value in sorted(given.items()):
        field, text = _resolve(kind, key, value)
        if field in values:
            raise SettingsRefused(f"{PREFIX}{field.upper()} is given twice: as it is and as a file")
        values[field] = text
    try:
        return kind(**values)  # type: ignore[arg-type]  # pydantic turns the texts into the fields' types
    except ValidationError as error:
        raise SettingsRefused("; ".join(_complaints(error))) from None


def load(kind: type[S]) -> S:
    """The settings of this process; arms its fault points, or ends it with exit code 78 and one line."""
    try:
        settings = read(kind, os.environ)
        faultpoints.arm(settings.faults)
    except ValueError as error:
        sys.stderr.write(f"cannot start: {error}\n")
        raise SystemExit(EXIT_CONFIG) from None
    return settings


def variable(name: str, default: str = "") -> str:
    """One variable of a tool that is no server process, such as the migration runner; it too may come as a file."""
    if named := os.environ.get(f"{name}_FILE"):
        return Path(named).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def child_environment(**extra: str) -> dict[str, str]:
    """This process's environment without its OMO_ variables, and `extra`: for programs that we start."""
    return {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)} | extra


def _resolve(kind: type[ProcessSettings], key: str, value: str) -> tuple[str, str]:
    field = key.removeprefix(PREFIX).lower()
    if field in kind.model_fields:
        return field, value
    by_file = field.removesuffix("_file")
    if by_file != field and by_file in kind.model_fields:
        try:
            return by_file, Path(value).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsRefused(f"{key}: cannot read {value}: {error.strerror}") from None
    near = difflib.get_close_matches(field, kind.model_fields, n=1)
    hint = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
    raise SettingsRefused(f"{key} is no setting of this process{hint}")


def _complaints(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False, include_input=False):
        name = "".join(f"{PREFIX}{part}".upper() + ": " for part in item["loc"][:1])
        yield name + item["msg"].removeprefix("Value error, ")
