"""What each process is told: its ports, its servers, its neighbours, its secrets."""

import os

from cli.fleet import particulars
from cli.fleet.plan import Plan, service_secret
from cli.fleet.roster import Entry, Kind
from cli.stack.databases import SERVICES
from cli.stack.home import CLONE


def environment(plan: Plan, entry: Entry, faults: str = "") -> dict[str, str]:
    """The whole environment of one process: nothing of ours leaks in but PATH and the like."""
    place = plan.places[entry.name]
    told = {
        "ENV": plan.profile,
        "NAME": entry.name,
        "LISTEN": place.listen,
        "METRICS_LISTEN": place.metrics,
        "ADDRESS_FILE": str(plan.address_file(entry.name)),
        **particulars.of(plan, entry.name),
        **dict(entry.settings),
        **plan.extra,
    }
    if entry.kind is not Kind.SIMULATOR:
        told |= _of_servers(plan, entry) | _of_neighbours(plan, entry)
        told["SERVICE_SECRET"] = service_secret(plan.home, entry.account)
    if entry.kind is Kind.SERVICE:
        told["POSTGRES_DSN"] = _detoured(plan, entry.name, "postgres", plan.backing.postgres(entry.name))
    if faults:
        told["FAULTS"] = faults
    return _ambient() | {f"OMO_{key}": value for key, value in told.items()}


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
