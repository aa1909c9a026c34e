"""What a million members cost: `python -m benchmarks.members`; `--members` for another number."""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from random import Random
from typing import Any

import asyncpg
import grpc
import uvloop

from benchmarks import fleet, processes, report
from benchmarks.bare import path
from benchmarks.fleet import Bench
from benchmarks.members import copying, ledger, people
from benchmarks.members.copying import Taken
from benchmarks.members.people import Keys
from cli.fleet.plan import service_secret
from cli.stack import databases
from kit import access, outbox
from kit.access import service
from kit.fields import timestamp
from kit.ids import uuid7
from kit.postgres import Database
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import member_pb2
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2, event_pb2

TILLS = 20
PER_SECOND = 200
# as many as benchmarks.hot_sku has: a group commit lives of company
_CLIENTS = 256
_AT_ONCE = 200
FILL_SECONDS, FIND_MS, STANDING_MS, SPEND_RATIO = 300.0, 10.0, 5.0, 0.5


async def measure(members: int, seconds: int, runs: int, rate: int) -> tuple[list[str], bool]:
    """The section's lines, and whether every target was kept."""
    async with fleet.suite(only=("member", "order")) as bench:
        keys = _keys(bench)
        owner = bench.servers.postgres.dsn(databases.owner_of("member"), databases.database_of("member"))
        filled = await copying.fill(owner, bench.servers.postgres.dsn(), keys, members)
        address = bench.found.processes["member"]
        async with grpc.aio.insecure_channel(address) as channel:
            await _program(channel, await _token(channel, bench, "operator"))
            asked = {"address": address, "members": members, "tokens": await _tills(channel, bench)}
            orders = await _token(channel, bench, "order")
        paced = {"per_second": rate, "seconds": seconds}
        find = [await _ask({**asked, **paced, "way": "find", "seed": run}) for run in range(runs)]
        standing = [await _ask({**asked, **paced, "way": "standing", "seed": run}) for run in range(runs)]
        spent = [
            await _spend(bench, {**asked, "tokens": [orders], "way": "hold", "seed": run}, _AT_ONCE * 5 * seconds)
            for run in range(runs)
        ]
    return _told(members, rate, filled, find, standing, spent)


def _told(
    members: int, rate: int, filled: Taken, find: list[Any], standing: list[Any], spent: list[Any]
) -> tuple[list[str], bool]:
    def middle(runs: list[dict[str, float]], name: str) -> float:
        return statistics.median(run[name] for run in runs)

    ratio = middle(spent, "ratio")
    kept = {
        "filled": filled.seconds < FILL_SECONDS,
        "find": middle(find, "p99") < FIND_MS,
        "standing": middle(standing, "p99") < STANDING_MS,
        "spend": ratio >= SPEND_RATIO,
    }
    says = {name: "kept" if good else "MISSED" for name, good in kept.items()}
    ceiling = middle(spent, "ceiling")
    held = f"{middle(spent, 'holds'):,.0f} a second; {middle(spent, 'holds') / ceiling:.2f} of an empty call's"
    cost = f"CPU ms each: member {middle(spent, 'member'):.2f}, Postgres {middle(spent, 'postgres'):.2f}"
    spend = f"{middle(spent, 'rate'):,.0f} a second; an empty gRPC call {ceiling:,.0f}; {ratio:.2f}; {cost}"
    rows = [
        ("made by COPY, then indexed, analysed and flushed", _parts(filled), f"< {FILL_SECONDS:.0f} s", says["filled"]),
        (f"till look-up by telephone, {rate} a second", _times(find), f"p99 < {FIND_MS:g} ms", says["find"]),
        (f"balance and tier, {rate} a second", _times(standing), f"p99 < {STANDING_MS:g} ms", says["standing"]),
        ("points held", held, "", ""),
        ("points held, then committed by OrderConfirmed", spend, f">= {SPEND_RATIO:g} of it", says["spend"]),
    ]
    lines = [
        f"{members:,} members and {members * ledger.ENTRIES_EACH:,} ledger entries from a seed, as the service writes",
        "them: sealed, found by keyed hash, entries summing to 0. Postgres and JetStream sync.",
        f"{TILLS} tills ask, times are from when a call was due; {_CLIENTS} callers hold points; then order's relay",
        "publishes what confirms each, which earns points, moves tiers and fills timelines too. The median run.",
        "",
        *report.table(("what", "found", "target", ""), rows),
    ]
    return lines, all(kept.values())


def _parts(filled: Taken) -> str:
    told = ", ".join(f"{name} {seconds:.0f}" for name, seconds in asdict(filled).items())
    return f"{filled.seconds:.0f} s ({told})"


def _times(runs: list[dict[str, float]]) -> str:
    p50, p99 = (statistics.median(run[name] for run in runs) for name in ("p50", "p99"))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def _keys(bench: Bench) -> Keys:
    home = bench.home
    return Keys(*(bytes.fromhex(home.secret(f"member-{name}")) for name in ("key-encryption-key", "lookup-key")))


async def _token(channel: grpc.aio.Channel, bench: Bench, name: str) -> str:
    request = access_pb.IssueServiceTokenRequest(service=name, secret=service_secret(bench.home, name))
    return str((await access_rpc.AccessServiceStub(channel).IssueServiceToken(request, timeout=5)).access_token)


async def _tills(channel: grpc.aio.Channel, bench: Bench) -> list[str]:
    """Tokens of tills: each look is chained to the one before of the same till."""
    stub, tokens = access_rpc.AccessServiceStub(channel), []
    operator = (("authorization", f"Bearer {await _token(channel, bench, 'operator')}"),)
    for number in range(TILLS):
        create = access_pb.CreateTerminalCodeRequest(request_id=uuid7(), location_id="TPE01", name=f"till {number}")
        code = (await stub.CreateTerminalCode(create, metadata=operator, timeout=5)).code
        made = await stub.EnrolTerminal(access_pb.EnrolTerminalRequest(code=code), timeout=5)
        credential = {"terminal_id": made.terminal.terminal_id, "device_secret": made.device_secret}
        issued = await stub.IssueDeviceToken(access_pb.IssueDeviceTokenRequest(**credential), timeout=5)
        tokens.append(str(issued.access_token))
    return tokens


async def _program(channel: grpc.aio.Channel, token: str) -> None:
    tiers = [member_pb2.Tier(tier="basic", min_spend=0, valid_days=365, earn_multiplier_bp=10_000)]
    program = member_pb2.Program(amount_per_point=10, point_value=1, qualifying_days=365, tiers=tiers)
    request = points_pb.PutProgramRequest(request_id=uuid7(), program=program)
    metadata = (("authorization", f"Bearer {token}"),)
    await points_rpc.PointsServiceStub(channel).PutProgram(request, metadata=metadata, timeout=5)


async def _ask(asked: dict[str, Any]) -> dict[str, float]:
    """What the callers' process found."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.members.calls", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate(json.dumps(asked).encode())
    if process.returncode:
        raise RuntimeError("the callers failed")
    found: dict[str, float] = json.loads(said)
    return found


async def _spend(bench: Bench, asked: dict[str, Any], count: int) -> dict[str, float]:
    """Holds, then the confirmations of all of them, until the last is committed; beside an empty call's rate."""
    chance = Random(asked["seed"])
    orders = [(uuid7(), chance.randrange(asked["members"])) for _ in range(count)]
    ceiling = await _ceiling()
    cpu, begun = processes.cpu_of(bench.pids), time.perf_counter()
    held = await _ask({**asked, "orders": orders, "clients": _CLIENTS})
    await _confirm(bench, orders)
    await _committed(bench, [order_id for order_id, _ in orders])
    rate = count / (time.perf_counter() - begun)
    each = processes.spent(cpu, processes.cpu_of(bench.pids), count)
    return {**each, "rate": rate, "holds": held["rate"], "ceiling": ceiling, "ratio": rate / ceiling}


async def _ceiling() -> float:
    async with path.started("benchmarks.limits.echo") as (echo, _):
        command = (sys.executable, "-m", "benchmarks.limits.echo", echo, str(_CLIENTS), "3")
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        return float(json.loads((await process.communicate())[0])[0])


async def _confirm(bench: Bench, orders: list[tuple[str, int]]) -> None:
    """As order tells it: its own outbox, its own relay."""
    db = await Database.open(bench.servers.postgres.dsn(databases.role_of("order"), databases.database_of("order")))
    try:
        with access.acting_as(service("order")):
            for at in range(0, len(orders), _AT_ONCE):
                async with db.transaction() as tx:
                    await outbox.append(tx, *(_confirmed(*one) for one in orders[at : at + _AT_ONCE]))
    finally:
        await db.close()


def _confirmed(order_id: str, number: int) -> order_events_pb2.OrderConfirmed:
    now = timestamp(datetime.now(UTC))
    facts = order_facts_pb2.OrderFacts(
        order_id=order_id, order_no=order_id[:8], channel_kind=channel_pb2.CHANNEL_KIND_ONLINE, channel_id="web",
        member_id=people.member_id(number), business_time=now, currency_code="TWD", hold_id=order_id, points_spent=10,
        points_value=10, list_total=10, grand_total=0,
    )  # fmt: skip
    meta = event_pb2.EventMeta(aggregate_id=order_id, sequence=1, business_time=now)
    return order_events_pb2.OrderConfirmed(meta=meta, facts=facts)


async def _committed(bench: Bench, order_ids: list[str]) -> None:
    dsn = bench.servers.postgres.dsn(databases.role_of("member"), databases.database_of("member"))
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(120):
            waiting = "SELECT count(*) FROM points_holds WHERE hold_id = ANY($1::uuid[]) AND state = 1"
            while await connection.fetchval(waiting, order_ids):  # noqa: ASYNC110  # a database tells nobody
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


def main() -> int:
    """Measures and reports; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.members", description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=10, help="how long one run takes")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median is shown")
    parser.add_argument("--rate", type=int, default=PER_SECOND, help="look-ups a second")
    parser.add_argument("--dry", action="store_true", help="print, and leave docs/performance.md as it is")
    asked = parser.parse_args()
    busy = os.getloadavg()[0]
    lines, kept = uvloop.run(measure(asked.members, asked.seconds, asked.runs, asked.rate))
    if asked.dry:
        print("\n".join(lines))
    else:
        report.write("members", "A million members", lines, busy)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
