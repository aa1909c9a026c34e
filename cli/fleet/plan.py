"""Everything that the processes' environments are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.fleet.backing import Backing
from cli.fleet.certificates import Certificates
from cli.stack.home import Home


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process listens."""

    listen: str
    metrics: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the environments are made of."""

    home: Home
    profile: str
    backing: Backing
    places: Mapping[str, Place]
    certificates: Certificates
    # (caller, callee) -> address, where a test puts a proxy between the two
    detours: Mapping[tuple[str, str], str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    def address_file(self, name: str) -> Path:
        return self.home.root / "run" / f"{name}.address"

    def target(self, caller: str, callee: str) -> str:
        return self.detours.get((caller, callee), self.places[callee].listen)


def service_secret(home: Home, name: str) -> str:
    """What a process proves its name with when it asks member for a token."""
    return home.secret(f"service-{name}")
