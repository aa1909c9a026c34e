"""`omoctl demo` as a new user types it, the keeper's commands beside it, and each check of the proof seen to fail."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from cli.fleet import foreground, running
from cli.stack.home import CLONE, Home
from tests.harness import run
from tests.journeys.printed import Reader, commands

_PATIENCE = 100.0
_PRINTED = 10
_DAY = re.compile(r"\w+day, \d{4}-\d\d-\d\d")
# a numbered line of the story: who, then what
_QUOTED = re.compile(r" {1,2}\d{1,2} {2}\S+ +\S")
_UP = "up; Ctrl-C stops everything"
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(300)]


class User:
    """Somebody at a terminal, with a home of his own in which `omoctl demo` runs."""

    def __init__(self, home: Home) -> None:
        self.home = home
        kept = {key: value for key, value in os.environ.items() if not key.startswith("OMO_")}
        path = f"{CLONE}{os.pathsep}{CLONE / 'gen'}"
        self.environment = kept | {"OMO_HOME": str(home.root), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        self.screen = home.root / "screen"
        with self.screen.open("w") as out:
            command = [sys.executable, "-m", "cli.main", "demo", "--free-ports"]
            self.demo = subprocess.Popen(command, env=self.environment, cwd=CLONE, stdout=out, stderr=subprocess.STDOUT)

    def shown(self) -> str:
        return self.screen.read_text()

    def wait_until_up(self) -> None:
        end = time.monotonic() + _PATIENCE
        while _UP not in self.shown():
            assert self.demo.poll() is None, self.shown()
            assert time.monotonic() < end, self.shown()
            time.sleep(0.1)

    def type(self, *words: str, code: int = 0) -> str:
        """A command in another terminal."""
        command = [sys.executable, "-m", "cli.main", *words]
        done = subprocess.run(
            command, env=self.environment, cwd=CLONE, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def spoil(self, service: str, statement: str) -> None:
        """Writes past a service, as nobody should."""
        found = running.find(self.home)
        dsn = foreground.backing(self.home, found.servers, external=False).postgres_owner(service)

        async def write() -> str:
            connection = await asyncpg.connect(dsn)
            try:
                return str(await connection.execute(statement))
            finally:
                await connection.close()

        assert asyncio.run(write()).split()[-1] != "0"


@pytest.fixture(scope="module")
def user() -> Iterator[User]:
    home = Home.open(run.root() / f"demo-{run.worker()}", run.binaries())
    (home.root / "bin").symlink_to(run.binaries())
    one = User(home)
    try:
        one.wait_until_up()
        yield one
    finally:
        one.demo.send_signal(signal.SIGINT)
        one.demo.wait(_PATIENCE)
        home.remove()


def test_the_demo_tells_its_story_and_says_where_to_look(user: User) -> None:
    shown = user.shown()
    assert "The story is told: every amount, balance and state came out as it says." in shown
    found = running.find(user.home)
    for address in (f"{found.gateway_url}/docs", found.door, found.metrics["order"]):
        assert address in shown
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{found.gateway_url}/docs").status_code == 200
    again = user.type("demo")
    assert "the till is enrolled already" in again
    assert "2 → 3, + NT$2,631" in again


def test_the_readmes_quote_the_story(user: User) -> None:
    """Word for word, but for what the day of the reading says."""
    told = [_DAY.sub("DAY", line.strip()) for line in user.shown().splitlines()]
    english, chinese = (CLONE / "README.md").read_text(), (CLONE / "README.zh-TW.md").read_text()
    quoted = [_DAY.sub("DAY", line.strip()) for line in english.splitlines() if _QUOTED.match(line)]
    assert len(quoted) > _PRINTED
    proof = next(line for line in told if "checks over all four services" in line)
    assert [line for line in quoted if not any(one.startswith(line.rstrip(" …")) for one in told)] == [], proof
    assert f"{proof.split()[2]} 項檢查" in chinese


def test_the_first_user_at_headquarters_is_invited_once(user: User) -> None:
    told = user.type("init", "--name", "李建宏")
    assert "李建宏 is invited as admin" in told
    body = json.loads(told[told.index("'{") + 1 : told.rindex("}'") + 1])
    redeem = f"{running.find(user.home).gateway_url}/v1/hq/auth/redeem"
    with httpx.Client(trust_env=False) as client:
        assert client.post(redeem, json=body).json()["user"]["display_name"] == "李建宏"
        assert client.post(redeem, json=body).json()["reason"] == "CODE_SPENT"


def test_any_method_can_be_called(user: User) -> None:
    listed = user.type("call").splitlines()
    assert {"StockService.GetAvailability", "OrderService.Quote", "member.AuditService.Prove"} <= set(listed)
    answer = json.loads(user.type("call", "StockService.GetAvailability", '{"skus": ["SCARF-GREY-ONE"]}'))
    assert {level["location_id"] for level in answer["levels"]} == {"TPE01", "TPE02", "TXG01", "WH1"}
    refused = user.type("call", "StockService.GetHold", '{"hold_id": "none"}', code=1)
    assert "NOT_FOUND HOLD_NOT_FOUND" in refused
    assert "its fields are hold_id" in user.type("call", "StockService.GetHold", '{"price": 1}', code=1)
    assert "there is no Nothing.Here" in user.type("call", "Nothing.Here", code=1)


def test_settings_are_shown_without_what_opens_doors(user: User) -> None:
    shown = user.type("config")
    assert "OMO_ENV=demo" in shown
    assert "OMO_NATS_SEED=********" in shown
    secrets = [path.read_text() for path in (user.home.root / "secret").iterdir() if path.is_file()]
    assert secrets
    assert [secret for secret in secrets if secret in shown] == []


def test_what_the_readmes_print_can_be_typed(user: User) -> None:
    """All but what others of these tests type."""
    shell = user.home.root / "shell"
    shell.mkdir()
    (shell / "omoctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n')
    (shell / "omoctl").chmod(0o700)
    reader = Reader(running.find(user.home).gateway_url, user.environment, shell)
    elsewhere = {"omoctl call", "omoctl prove"}
    english, chinese = (list(commands(CLONE / f"README{suffix}.md")) for suffix in ("", ".zh-TW"))
    assert set(chinese) <= set(english)
    shown = {one: reader.type(one) for one in english if one not in elsewhere}
    assert len(shown) == _PRINTED
    (order,) = (one for one in shown if "Idempotency-Key" in one)
    assert "HTTP/1.1 201" in shown[order]
    assert "idempotent-replayed: true" in reader.type(order).lower()
    assert "HTTP/1.1 422" in reader.type(order.replace("TROUSERS-NAVY-32", "SHIRT-WHITE-M"), refused=True)


def test_nothing_waits_for_a_person(user: User) -> None:
    assert "no dead letters" in user.type("dlq", "list")
    assert "nothing gave up" in user.type("saga", "list")
    assert "such service" in user.type("dlq", "list", "orders", code=1)
    assert "either --since or --event" in user.type("republish", "order", code=1)
    assert "events of order go out again" in user.type("republish", "order", "--since", "1d")
    assert "checks, all proved" in user.type("prove")


def test_the_proof_sees_what_is_wrong(user: User) -> None:
    """Last of this file: what it spoils stays spoilt."""
    lost = "DELETE FROM inbox WHERE event_id = (SELECT max(event_id::text)::uuid FROM inbox)"
    user.spoil("attribution", lost)
    user.spoil("inventory", "UPDATE holds SET state = 'ACTIVE' WHERE order_id <> ''")
    user.spoil("member", "UPDATE points_balances SET active = active + 1")
    shown = user.type("prove", code=1)
    drifting = [line.split()[1:4] for line in shown.splitlines() if line.startswith("DRIFT")]
    names = {" ".join(words).rstrip("0123456789, ") for words in drifting}
    assert any("to attribution: events_complete" in line for line in shown.splitlines() if line.startswith("DRIFT")), (
        names
    )
    assert "DRIFT order and inventory: holds_have_a_live_order" in shown
    assert "DRIFT member: points.balances_equal_entries" in shown
    assert "→ omoctl republish" in shown
    assert "all proved" in user.type("prove", "order")
