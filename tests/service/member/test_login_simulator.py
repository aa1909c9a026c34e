"""The simulator's LINE Login, asked as browsers and the service ask it, and what both refuse."""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import aiohttp
import pytest
import pytest_asyncio

from omo.member.v1 import signin_service_pb2 as pb
from simulators.messaging.login import ISSUER, Login
from simulators.messaging.notices import Teller
from simulators.messaging.store import Book
from simulators.messaging.web import Door
from tests.service.member import sign_in_rig
from tests.service.member.conftest import Member
from tests.service.member.login_provider import CLIENT, REDIRECT, SECRET
from tests.service.member.sign_in_rig import Rig, browse
from tests.service.member.test_sign_in_line import why

LOGIN = "U" + "0" * 32


@dataclass(slots=True)
class Line:
    """The simulator, with a clock that tests move."""

    url: str = ""
    ahead: float = 0.0
    browser: Any = field(default=None)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    async def asked(self, method: str, path: str, said: dict[str, str]) -> tuple[int, str]:
        how = {"params": said} if method == "GET" else {"data": said}
        async with self.browser.request(method, f"{self.url}/{path}", allow_redirects=False, **how) as reply:
            return reply.status, (await reply.json()).get("error", "") if reply.status == 400 else ""


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    made, book = Line(), Book(None)
    login = Login(CLIENT, SECRET, REDIRECT, made.monotonic)
    door = Door("127.0.0.1:0", book, Teller(book, "", "s" * 16, "s" * 16), "token", "s" * 16, login.routes())
    made.url = f"http://{await door.start()}{ISSUER}"
    async with aiohttp.ClientSession() as made.browser:
        yield made
    await door.stop()
    book.close()


@pytest_asyncio.fixture
async def rig(member: Member, line: Line) -> Rig:
    return sign_in_rig.rig(member, line.url)


async def begun(rig: Rig) -> pb.BeginLineLoginResponse:
    request = pb.BeginLineLoginRequest(device_id="phone 1", redirect_uri=REDIRECT)
    answer: pb.BeginLineLoginResponse = await rig.call(rig.signin.BeginLineLogin, request)
    return answer


async def finish(rig: Rig, state: str, code: str) -> Any:
    request = pb.FinishLineLoginRequest(state=state, code=code, device_id="phone 1")
    return await rig.call(rig.signin.FinishLineLogin, request)


def with_(url: str, **said: str) -> str:
    """The same address with other answers in it."""
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()} | said
    return urlunsplit(parts._replace(query=urlencode({name: value for name, value in asked.items() if value})))


async def test_whoever_it_names_is_in(rig: Rig) -> None:
    url = await begun(rig)
    assert (await finish(rig, *await browse(url.authorize_url, LOGIN))).join_token


async def test_a_browser_that_asks_wrongly_is_sent_nowhere(rig: Rig, line: Line) -> None:
    right = (await begun(rig)).authorize_url
    wrong = (
        {"client_id": "another"}, {"redirect_uri": "https://elsewhere.example/line"}, {"response_type": "token"},
        {"code_challenge_method": "plain"}, {"scope": "profile"}, {"state": ""},
    )  # fmt: skip
    for asked in wrong:
        async with line.browser.get(with_(right, login=LOGIN, **asked), allow_redirects=False) as reply:
            assert (reply.status, (await reply.json())["error"]) == (400, "invalid_request"), asked


@pytest.mark.parametrize("wrong", ["code", "code_verifier", "client_id", "client_secret", "redirect_uri"])
async def test_a_code_is_redeemed_by_whoever_asked_for_it_once(line: Line, wrong: str) -> None:
    verifier = secrets.token_urlsafe(32)
    asked = {
        "response_type": "code", "client_id": CLIENT, "redirect_uri": REDIRECT, "scope": "openid", "state": "s",
        "nonce": "n", "code_challenge": _challenge(verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    _, code = await browse(f"{line.url}/authorize?{urlencode(asked)}", LOGIN)
    right = {
        "code": code, "code_verifier": verifier, "client_id": CLIENT, "client_secret": SECRET, "redirect_uri": REDIRECT,
    }  # fmt: skip
    assert await line.asked("POST", "token", right | {wrong: "another"}) == (400, "invalid_grant")
    again = 200 if wrong == "code" else 400
    assert (await line.asked("POST", "token", right))[0] == again, "whoever guesses at a code has used it up"
    assert await line.asked("POST", "token", right) == (400, "invalid_grant")


async def test_the_service_refuses_what_is_not_its_own_trips(rig: Rig, line: Line) -> None:
    first, second = await begun(rig), await begun(rig)
    _, code = await browse(first.authorize_url, LOGIN)
    assert await why(finish(rig, "another state", code)) == "LOGIN_SPENT"
    assert await why(finish(rig, second.state, code)) == "LOGIN_REFUSED", "the code of another trip"
    third = await begun(rig)
    assert await why(finish(rig, third.state, "no code")) == "LOGIN_REFUSED"
    other = await begun(rig)
    state, code = await browse(with_(other.authorize_url, nonce="another"), LOGIN)
    assert await why(finish(rig, state, code)) == "LOGIN_REFUSED", "a token that was made for somebody else's trip"
    slow = await begun(rig)
    state, code = await browse(slow.authorize_url, LOGIN)
    line.ahead = 601
    assert await why(finish(rig, state, code)) == "LOGIN_REFUSED", "a code that has expired"


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
