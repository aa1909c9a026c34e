"""Every process accepts what the manifests tell it, is told all that it needs, and refuses what is unsafe."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cli.fleet import fleet as fleets
from cli.fleet.backing import Embedded
from cli.fleet.environment import environment as supervised
from cli.fleet.plan import Plan
from cli.fleet.roster import ROSTER
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from deploy import make_secrets
from kit import settings
from kit.settings import EXIT_CONFIG, ProcessSettings
from tests.deploy import laptop
from tests.deploy.rendered import OVERLAYS, PROCESSES, docs, environment, on_disk, secret_files, workload, workloads
from tests.harness import run
from tests.house.tree import ROOT

_ENTRY = {"gateway-http": "gateway", "gateway-storelink": "storelink"}
# the supervisor's own business, and who it is only to its log
_LOCAL = {"OMO_NAME", "OMO_ADDRESS_FILE"}
_TARGET = re.compile(r"settings\.(\w+)_target")


def _module(name: str, overlay: str = "trial") -> str:
    command: list[str] = workload(docs(overlay), name).container["command"]
    assert command[:2] == ["python", "-m"]
    return command[2]


def _settings(name: str, overlay: str = "trial") -> type[ProcessSettings]:
    package = _module(name, overlay).removesuffix(".main")
    found: type[ProcessSettings] = importlib.import_module(f"{package}.settings").Settings
    return found


@pytest.fixture(scope="module")
def secrets() -> make_secrets.Secrets:
    made = make_secrets.make()
    made["member"]["otp_webhook_secret"] = "x" * 48  # in production the message service gives it
    return made


@pytest.fixture(scope="module")
def folder(secrets: make_secrets.Secrets, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("deploy") / "secrets"
    make_secrets.write(secrets, place)
    return place


def _told(name: str, overlay: str, folder: Path) -> dict[str, str]:
    one = workload(docs(overlay), name)
    return on_disk(environment(docs(overlay), one), one, folder)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("name", PROCESSES)
def test_the_process_accepts_what_it_is_told(name: str, overlay: str, folder: Path) -> None:
    read = settings.read(_settings(name, overlay), _told(name, overlay, folder))
    assert read.env == {"trial": "demo", "production": "production"}[overlay]
    assert read.listen.startswith("0.0.0.0:")
    assert read.service_secret


def test_the_simulator_accepts_what_it_is_told(folder: Path) -> None:
    read = settings.read(_settings("payment"), _told("payment", "trial", folder))
    order = settings.read(_settings("order"), _told("order", "trial", folder))
    assert vars(read)["webhook_secret"] == vars(order)["simulator_secret"]


def test_the_messaging_simulator_and_member_believe_each_other(folder: Path) -> None:
    read = vars(settings.read(_settings("messaging"), _told("messaging", "trial", folder)))
    member = vars(settings.read(_settings("member"), _told("member", "trial", folder)))
    for own, its in (("line_token", "line_channel_token"), ("line_secret", "line_channel_secret")):
        assert read[own] == member[its].get_secret_value()
    assert read["sms_secret"] == member["sms_webhook_secret"].get_secret_value()
    assert member["line_api_url"] == "http://messaging:8080"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_name_that_is_no_setting_is_noticed(name: str, folder: Path) -> None:
    with pytest.raises(settings.SettingsRefused, match="OMO_SURPRISE is no setting"):
        settings.read(_settings(name), _told(name, "trial", folder) | {"OMO_SURPRISE": "1"})


@pytest.fixture(scope="module")
def plan() -> Plan:
    """What `omoctl up` tells the same processes."""
    home = Home.open(run.root() / "told", run.binaries())
    servers = Servers.lay_out(home, Ports.free())
    return fleets.plan(home, Embedded(servers), "demo", fleets.places(ROSTER, free=True))


@pytest.mark.parametrize("name", [*PROCESSES, "payment", "carrier", "einvoice"])
def test_it_is_told_all_that_the_supervisor_would_tell_it(name: str, plan: Plan) -> None:
    entry = next(entry for entry in ROSTER if entry.name == _ENTRY.get(name, name))
    wanted = {key.removesuffix("_FILE") for key in supervised(plan, entry).keys() - _LOCAL if key.startswith("OMO_")}
    found = {key.removesuffix("_FILE") for key in environment(docs("trial"), workload(docs("trial"), name))}
    assert {key for key in wanted - found if not key.endswith("_TARGET")} == set()


@pytest.mark.parametrize("name", PROCESSES)
def test_it_is_told_the_way_to_those_it_calls_and_to_nobody_else(name: str) -> None:
    package = ROOT / _module(name).removesuffix(".main").replace(".", "/")
    called = {each for file in package.rglob("*.py") for each in _TARGET.findall(file.read_text())}
    if name != "member":  # keys and tokens come from there
        called.add("member")
    told = environment(docs("production"), workload(docs("production"), name))
    assert {key for key in told if key.endswith("_TARGET")} == {f"OMO_{each.upper()}_TARGET" for each in called}


# a production names its own providers
_OF_CHANNELS = {("member", name) for name in ("line_channel_token", "line_channel_secret", "sms_webhook_secret")}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_secret_is_made_and_used(overlay: str, secrets: make_secrets.Secrets) -> None:
    used = {file for one in workloads(docs(overlay)) for file in secret_files(environment(docs(overlay), one), one)}
    made = {(name, file) for name, files in secrets.items() for file in files}
    assert used - made == set()
    ours = {(name, file) for name, file in made if name in PROCESSES or name.endswith("-migrations")}
    simulated = {("order", "simulator_secret"), ("order", "carrier_secret")}
    other = {"trial": {("member", "otp_webhook_secret")}, "production": {*simulated, *_OF_CHANNELS}}
    assert ours - used == other[overlay]


def test_no_secret_is_made_twice() -> None:
    once, again = make_secrets.make(), make_secrets.make()
    assert not {v for files in once.values() for v in files.values()} & {
        v for files in again.values() for v in files.values()
    }


# --- production refuses what is unsafe: the real process, to its exit code

Spoil = Callable[[dict[str, str]], None]


def _with(**values: str) -> Spoil:
    return lambda told: told.update({f"OMO_{key}": value for key, value in values.items()})


def _without(*keys: str) -> Spoil:
    def spoil(told: dict[str, str]) -> None:
        for key in keys:
            del told[f"OMO_{key}"]

    return spoil


UNSAFE: list[tuple[str, Spoil, str]] = [
    ("order", _with(SIMULATOR_URL="http://payment:8080"), "OMO_SIMULATOR_URL"),
    ("order", _with(CARRIER_URL="http://carrier:8080"), "OMO_CARRIER_URL"),
    ("order", _with(EINVOICE_URL="http://einvoice:8080"), "OMO_EINVOICE_URL"),
    ("order", _with(FAULTS="order.after_hold=exit9"), "OMO_FAULTS"),
    ("order", _without("SERVICE_SECRET_FILE"), "OMO_SERVICE_SECRET"),
    ("member", _with(OTP_SENDER="console"), "OMO_OTP_SENDER"),
    ("member", _with(OTP_WEBHOOK_URL="http://messages.example.com"), "https"),
    ("member", _without("KEY_ENCRYPTION_KEY_FILE"), "OMO_KEY_ENCRYPTION_KEY"),
    ("attribution", _without("STAFF_TOKEN_SECRET_FILE"), "OMO_STAFF_TOKEN_SECRET"),
    ("inventory", _with(POSTGRES_DNS="postgresql://nowhere"), "did you mean OMO_POSTGRES_DSN"),
    ("gateway-http", _with(CORS_ORIGINS="*"), "OMO_CORS_ORIGINS"),
    ("gateway-storelink", _with(TLS="off"), "OMO_TLS"),
    ("gateway-storelink", _without("TLS_KEY_FILE"), "OMO_TLS_KEY_FILE"),
]


@pytest.mark.parametrize(("name", "spoil", "said"), UNSAFE, ids=[f"{name}: {said}" for name, _, said in UNSAFE])
def test_an_unsafe_production_does_not_start(name: str, spoil: Spoil, said: str, folder: Path) -> None:
    told = _told(name, "production", folder)
    spoil(told)
    done = _start(_module(name, "production"), told)
    assert done.returncode == EXIT_CONFIG, done.stderr
    assert done.stderr.startswith("cannot start: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def _start(module: str, told: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}"}
    return subprocess.run(
        [sys.executable, "-m", module], env=path | dict(told), capture_output=True, text=True, timeout=60, check=False
    )


# --- a laptop runs the same


def test_compose_runs_what_the_trial_runs() -> None:
    assert set(laptop.services()) == {each.name for each in workloads(docs("trial"))}


@pytest.mark.parametrize("name", sorted(laptop.services()))
def test_compose_tells_the_same_as_the_trial(name: str) -> None:
    one, service = workload(docs("trial"), name), laptop.services()[name]
    assert laptop.environment(service) == environment(docs("trial"), one)
    assert laptop.secret_mounts(service) == one.secret_mounts()
    assert service["image"] == one.container["image"]
    assert service["command"] == one.container.get("command", one.container.get("args"))


@pytest.mark.parametrize("name", [*PROCESSES, "payment", "carrier", "einvoice", "messaging"])
def test_compose_is_as_hard_as_the_trial(name: str) -> None:
    one, service = workload(docs("trial"), name), laptop.services()[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert {entry.split(":")[0] for entry in service["tmpfs"]} == set(one.scratch())
    assert service["stop_grace_period"] == f"{one.pod['terminationGracePeriodSeconds']}s"
