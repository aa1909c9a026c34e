"""deploy/compose.yaml, read without docker compose."""

from functools import cache
from typing import Any

import yaml

from tests.house.tree import ROOT

FOLDER = "./.secrets/"


@cache
def services() -> dict[str, dict[str, Any]]:
    """The services of the file, with its anchors resolved."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    return found


def environment(service: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in service.get("environment", {}).items()}


def secret_mounts(service: dict[str, Any]) -> dict[str, str]:
    """Where a folder of secrets is mounted -> which."""
    mounts = (mount.split(":") for mount in service.get("volumes", ()) if mount.startswith(FOLDER))
    return {place: source.removeprefix(FOLDER) for source, place, _ in mounts}
