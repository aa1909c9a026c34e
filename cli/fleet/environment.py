"""What each process is told: its ports, its servers, its neighbours, its secrets."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from cli.fleet.backing import Backing
from cli.fleet.certificates import Certificates
from cli.fleet.roster import Entry, Kind
from cli.stack.databases import SERVICES
from cli.stack.home import CLONE, Home

# who may ask member for a token, and whose secret each shows
_SECRET_OF = {**{name: name for name in (*SERVICES, "gateway", "operator")}, "storelink": "gateway"}


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


def environment(plan: Plan, entry: Entry, faults: str = "") -> dict[str, str]:
    """The whole environment of one process: nothing of ours leaks in but PATH and the like."""
    place = plan.places[entry.name]
    told = {
        "ENV": plan.profile,
        "NAME": entry.name,
        "LISTEN": place.listen,
        "METRICS_LISTEN": place.metrics,
        "ADDRESS_FILE": str(plan.address_file(entry.name)),
        **_of_its_own(plan.home, entry),
        **dict(entry.settings),
        **plan.extra,
    }
    if entry.kind is not Kind.SIMULATOR:
        told |= _of_servers(plan, entry) | _of_neighbours(plan, entry)
        told["SERVICE_SECRET"] = service_secret(plan.home, entry.account)
    if entry.kind is Kind.SERVICE:
        told["POSTGRES_DSN"] = _detoured(plan, entry.name, "postgres", plan.backing.postgres(entry.name))
    if entry.tls:
        told["TLS_CERTIFICATE_FILE"] = str(plan.certificates.door)
        told["TLS_KEY_FILE"] = str(plan.certificates.door_key)
    if faults:
        told["FAULTS"] = faults
    return _ambient() | {f"OMO_{key}": value for key, value in told.items()}


def _of_its_own(home: Home, entry: Entry) -> dict[str, str]:
    """What only this process knows."""
    if entry.name != "member":
        return {}
    secrets = {name: service_secret(home, holder) for name, holder in _SECRET_OF.items()}
    return {
        "SERVICE_SECRETS": json.dumps(secrets),
        "KEY_ENCRYPTION_KEY": home.secret("member-key-encryption-key", _key),
        "LOOKUP_KEY": home.secret("member-lookup-key", _key),
    }


def _key() -> str:
    return token_hex(32)


def _of_servers(plan: Plan, entry: Entry) -> dict[str, str]:
    return {
        "NATS_URL": _detoured(plan, entry.name, "nats", plan.backing.nats()),
        "NATS_SEED": plan.backing.nats_seed(entry.account),
        "VALKEY_URL": _detoured(plan, entry.name, "valkey", plan.backing.valkey(entry.account)),
    }


def _of_neighbours(plan: Plan, entry: Entry) -> dict[str, str]:
    return {
        f"{service.upper()}_TARGET": plan.target(entry.name, service) for service in SERVICES if service in plan.places
    }


def _detoured(plan: Plan, caller: str, server: str, url: str) -> str:
    """The same URL through the proxy that a test put on this edge."""
    detour = plan.detours.get((caller, server))
    if detour is None:
        return url
    scheme, _, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    _, slash, path = place.partition("/")
    return f"{scheme}://{login}{at}{detour}{slash}{path}"


def _ambient() -> dict[str, str]:
    """What Python and TLS need to run at all; no OMO_ variable of ours reaches a process unasked."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE")
    found = {key: os.environ[key] for key in kept if key in os.environ}
    return found | {"PYTHONPATH": f"{CLONE}{os.pathsep}{CLONE / 'gen'}", "PYTHONUNBUFFERED": "1", "TZ": "UTC"}
