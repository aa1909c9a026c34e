"""The images, run as the rendered trial says, pass their probes and the whole story of J1, and stop in order."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import docker
import pytest
import pytest_asyncio

from cli.demo import story
from cli.demo.stage import Doors, Stage
from cli.demo.tale import Shopper
from cli.fleet import clock as clocks
from cli.fleet import proof
from cli.fleet.quiet import Watch
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from deploy import make_secrets
from kit.settings import EXIT_CONFIG
from tests.deploy import engine
from tests.deploy.engine import Yard, log
from tests.deploy.rendered import PROCESSES, docs, environment, workload
from tests.deploy.servers import PORTS, TrialServers
from tests.deploy.suite import Suite, ways
from tests.harness import run
from tests.house.tree import ROOT

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

_ROLES = ("admin", "merchandiser", "analyst")


@pytest_asyncio.fixture(scope="module")
async def servers() -> AsyncIterator[TrialServers]:
    """The trial's servers, with the roles and databases of its own script."""
    home = Home.open(run.root() / "trial", run.binaries())
    started = TrialServers(home, make_secrets.make())
    try:
        await started.start()
        yield started
    finally:
        await started.stop()


@pytest.fixture(scope="module")
def folder(servers: TrialServers) -> Path:
    """The secrets as files, where the engine can mount them from."""
    place = servers.home.root / "mounted"
    make_secrets.write(servers.secrets, place)
    return place


@pytest.fixture(scope="module")
def yard(docker_engine: docker.DockerClient, images: dict[str, str], folder: Path) -> Iterator[Yard]:
    yield from engine.yard(docker_engine, folder, hosts=tuple(PORTS))


@pytest_asyncio.fixture(scope="module")
async def suite(servers: TrialServers, folder: Path, yard: Yard) -> AsyncIterator[Suite]:
    """The trial: databases by the script, migrations by the Jobs, then every process at once."""
    for _ in range(2):  # it may be repeated
        said = await asyncio.to_thread(servers.make_databases, folder, servers.programs)
        assert said.split() == [word for each in ("member", "inventory", "order", "attribution") for word in
                                (f"omo_{each}", "is", "there")]  # fmt: skip
    async with ways(servers, yard):
        trial = Suite(docs("trial"), yard, servers)
        await trial.migrate()
        await trial.start()
        yield trial


async def test_every_probe_of_every_process_succeeds(suite: Suite) -> None:
    await suite.ready()


async def test_acknowledged_events_are_on_disk(suite: Suite) -> None:
    assert await suite.servers.syncs_always()


async def test_the_migrations_may_run_again(suite: Suite) -> None:
    assert set((await suite.migrate()).values()) == {0}


async def test_metrics_are_served(suite: Suite) -> None:
    for name in PROCESSES:
        assert await suite.probe(name, "readiness")
        done = await asyncio.to_thread(
            suite.running[name].exec_run,
            ["python", "-c", "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9100/metrics').read())"],
        )
        assert done.exit_code == 0
        assert b"omo_" in done.output


async def test_the_story(suite: Suite, tmp_path: Path) -> None:
    """J1 through the public doors of the containers; then every book is proved."""
    await suite.ready()
    services = {name: suite.at(name, "grpc") for name in SERVICES}
    secret = suite.servers.secrets["operator"]["service_secret"]
    clock = clocks.open_clock(suite.servers.valkey("operator"))
    watch = await Watch.open(suite.servers, list(SERVICES), clock)

    async def prove() -> tuple[int, list[str]]:
        proved = await proof.everything(services, secret, await watch.hearers())
        return len(proved), [f"{check.name}: {drift}" for check in proved for drift in check.drifts]

    stage = Stage(
        doors=Doors(
            f"http://{suite.at('gateway-http', 'http')}",
            suite.at("gateway-storelink", "grpc"),
            suite.servers.secrets["operator"]["door_ca"].encode(),
        ),
        folder=tmp_path,
        clock=clock,
        invite=lambda user_id: _invite(services["member"], secret, user_id),
        member_log=lambda: log(suite.running["member"]),
        settle=watch.wait,
        prove=prove,
        say=print,
    )
    try:
        await story.play(stage, Shopper("0912345678"))
        await watch.wait()
        checks, drifts = await prove()
        assert checks > 0
        assert drifts == []
    finally:
        await watch.close()
        await clock.close()


async def test_the_planner_runs_and_ends(suite: Suite) -> None:
    """As its CronJob would start it, with its memory and its settings, beside the database of the story."""
    await suite.ready()
    code, said = await suite.once("planner")
    assert code == 0, said
    assert said.startswith("run "), said
    assert " forecasts, " in said


async def _invite(member: str, secret: str, user_id: str) -> tuple[str, str]:
    """As deploy/README.md says it: by the script, with the operator's secret on standard input."""
    wishes = [word for role in _ROLES for word in ("--role", role)]
    command = [sys.executable, str(ROOT / "deploy" / "invite.py"), member, *wishes, "--user", user_id]
    done = await asyncio.to_thread(
        subprocess.run, command, input=secret, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    return made["invite_token"], made["user_id"]


async def test_each_process_needs_no_more_memory_than_it_asks_for(suite: Suite) -> None:
    """The request is what the scheduler counts with: after the story it must still hold."""
    await suite.ready()
    used = {}
    for name in PROCESSES:
        stats = (await asyncio.to_thread(suite.running[name].stats, stream=False))["memory_stats"]
        cached = stats["stats"].get("inactive_file", stats["stats"].get("total_inactive_file", 0))
        used[name] = (stats["usage"] - cached) / 2**20
    print({name: f"{megabytes:.0f}Mi" for name, megabytes in used.items()})
    asked = {name: int(workload(suite.docs, name).container["resources"]["requests"]["memory"][:-2]) for name in used}
    assert {name: used[name] for name in used if used[name] > asked[name]} == {}


async def test_nothing_was_written_into_a_container(suite: Suite) -> None:
    await suite.ready()
    for name, container in suite.running.items():
        changed = [str(change["Path"]) for change in await asyncio.to_thread(container.diff) or ()]
        scratch = [*workload(suite.docs, name).scratch(), *workload(suite.docs, name).secret_mounts()]
        # the engine itself makes the mount points
        strange = [path for path in changed if not any(place.startswith(path) for place in scratch)]
        assert strange == [], name


async def test_no_secret_is_in_a_log(suite: Suite) -> None:
    await suite.ready()
    hidden = {value for files in suite.servers.secrets.values() for value in files.values() if len(value) < 200}
    for container in suite.running.values():
        said = log(container)
        assert not [value for value in hidden if value in said]


async def test_what_stops_has_ended_in_order(suite: Suite) -> None:
    await suite.ready()
    assert set((await suite.stop()).values()) == {0}


@pytest.mark.parametrize("spoil", ["OMO_SIMULATOR_URL", "OMO_SURPRISE"])
def test_an_unsafe_production_container_does_not_start(spoil: str, yard: Yard) -> None:
    one = workload(docs("production"), "order")
    one.container["image"] = "omo-order"
    told = environment(docs("production"), one) | {spoil: "http://payment:8080"}
    container = yard.run(one, told)
    assert container.wait(timeout=60)["StatusCode"] == EXIT_CONFIG
    assert log(container).startswith("cannot start: ")
    assert spoil in log(container)
