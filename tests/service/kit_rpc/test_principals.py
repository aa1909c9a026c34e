"""Who calls, as each hop sees it, and who is refused."""

from collections.abc import AsyncIterator

import grpc
import pytest

from kit import access
from kit.access import Actor, Kind, allow
from kit.errors import Code, Fault
from kit.tokens import ServiceTokens, TokenInvalid
from tests.service.kit_rpc.echo import Stub, path, serving, speaking
from tests.unit.kit_rpc.issuer import Issuer


async def same(text: str) -> str:
    return text


async def test_what_is_not_in_the_table_is_denied() -> None:
    issuer = Issuer()
    async with serving("back", same, issuer=issuer) as (back, _), speaking(back, "back") as stub:
        with pytest.raises(Fault) as nobody:
            await stub.Hidden("x")
        hq = access.Principal(Kind.HQ, "root", token=issuer.token("hq", "root", roles=["admin"]))
        with access.acting_as(hq), pytest.raises(Fault) as somebody:
            await stub.Hidden("x")
    assert nobody.value.code is Code.UNAUTHENTICATED
    assert (somebody.value.code, somebody.value.reason) == (Code.PERMISSION_DENIED, "PERMISSION_DENIED")


async def test_a_bad_token_is_refused_even_where_anybody_may() -> None:
    async with serving("back", same) as (back, _), speaking(back, "back") as stub:
        stranger = access.Principal(Kind.MEMBER, "m1", token=Issuer().token())
        with access.acting_as(stranger), pytest.raises(Fault) as caught:
            await stub.Say("x")
    assert caught.value.reason == TokenInvalid.reason


@pytest.fixture
async def who() -> AsyncIterator[tuple[Stub, Issuer, list[access.Principal]]]:
    """A stub to a front that forwards to a back, which notes who called."""
    issuer, seen = Issuer(), []
    rules = {
        path("back", "Say"): ("back.say", allow(shop=True, staff={"clerk"}, service={"front"})),
        path("front", "Say"): ("front.say", allow(shop=True, staff=True, anonymous=True)),
    }

    async def note(text: str) -> str:
        seen.append(access.current())
        return text

    async with (
        serving("back", note, issuer=issuer, permissions=rules) as (back, _),
        speaking(back, "back", service_tokens(issuer, "front")) as inner,
    ):

        async def forward(text: str) -> str:
            return str((await inner.Say(text)).value)

        async with (
            serving("front", forward, issuer=issuer, permissions=rules) as (front, _),
            speaking(front, "front") as outer,
        ):
            yield outer, issuer, seen


def service_tokens(issuer: Issuer, name: str) -> ServiceTokens:
    async def issue(name: str, secret: str) -> tuple[str, float]:
        return issuer.token("service", name), 600.0

    return ServiceTokens(issue, name, "secret")


async def test_the_callers_own_token_is_forwarded(who: tuple[Stub, Issuer, list[access.Principal]]) -> None:
    stub, issuer, seen = who
    token = issuer.token("shop", "m42")
    with access.acting_as(access.Principal(Kind.MEMBER, "m42", token=token)):
        await stub.Say("x")
    assert (seen[0].kind, seen[0].id, seen[0].token) == (Kind.MEMBER, "m42", token)


async def test_an_anonymous_caller_borrows_no_service_token(who: tuple[Stub, Issuer, list[access.Principal]]) -> None:
    stub, _, seen = who
    with pytest.raises(Fault) as caught:
        await stub.Say("x")
    assert caught.value.code is Code.UNAUTHENTICATED
    assert (caught.value.domain, seen) == ("omo.back", [])


async def test_a_role_is_needed_where_the_rule_names_one(who: tuple[Stub, Issuer, list[access.Principal]]) -> None:
    stub, issuer, seen = who
    for roles, let_in in ((["clerk", "other"], True), (["other"], False)):
        token = issuer.token("staff", "u1", roles=roles)
        with access.acting_as(access.Principal(Kind.STAFF, "u1", token=token)):
            if let_in:
                await stub.Say("x")
                continue
            with pytest.raises(Fault) as caught:
                await stub.Say("x")
            assert (caught.value.code, caught.value.metadata) == (Code.PERMISSION_DENIED, {"permission": "back.say"})
    assert len(seen) == 1


async def test_a_service_names_whom_it_acts_for() -> None:
    issuer, seen = Issuer(), []
    rules = {path("back", "Say"): ("back.say", allow(service={"front"}))}

    async def note(text: str) -> str:
        seen.append(access.current())
        return text

    async with (
        serving("back", note, issuer=issuer, permissions=rules) as (back, _),
        speaking(back, "back", service_tokens(issuer, "front")) as stub,
        speaking(back, "back", service_tokens(issuer, "other")) as other,
    ):
        shopper = Actor(Kind.MEMBER, "m1", "T1")
        with access.acting_as(access.service("front", shopper)):
            await stub.Say("x")
        with access.acting_as(access.service("other")), pytest.raises(Fault) as caught:
            await other.Say("x")
    assert (seen[0].kind, seen[0].id, seen[0].actor) == (Kind.SERVICE, "front", shopper)
    assert caught.value.code is Code.PERMISSION_DENIED


async def test_nobody_but_a_service_may_name_an_actor() -> None:
    issuer, seen = Issuer(), []

    async def note(text: str) -> str:
        seen.append(access.current().actor)
        return text

    async with serving("back", note, issuer=issuer) as (back, _), grpc.aio.insecure_channel(back.address) as channel:
        sent = (("authorization", f"Bearer {issuer.token('shop', 'm1')}"), ("omo-actor", "hq::root"))
        await Stub(channel, "back").Say("x", timeout=2, metadata=sent)
    assert seen == [Actor(Kind.MEMBER, "m1")]
