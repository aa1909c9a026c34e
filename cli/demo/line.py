"""Somebody with a LINE account, as LINE's stand-in plays it: he logs in by it, writes by it, and reads what came."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from cli.demo.stage import StoryBroken, until
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7

# the page that the brand has set up; nothing needs to answer there, a browser brings back what it was sent with
PAGE = "https://shop.example/line"
_WITHIN = 30.0


def _account() -> str:
    return f"U{uuid7().replace('-', '')}"


@dataclass(frozen=True, slots=True)
class LineUser:
    """One LINE account; LINE knows it by `user`, and members by that alone."""

    tale: Tale
    name: str = "陳小明"
    user: str = field(default_factory=_account)

    async def log_in(self, device_id: str) -> Any:
        """LINE Login on that device: a session, or a token that waits for a proof of the telephone."""
        return await self._trip(self.tale.web, "/v1/auth/line/finish", device_id)

    async def link(self, app: Web, device_id: str) -> Any:
        """Whoever is signed in proves that this account is his."""
        return await self._trip(app, "/v1/me/line", device_id)

    async def join(self, device_id: str) -> Any:
        """A member by LINE and nothing else."""
        waiting = await self.log_in(device_id)
        body = {"join_token": waiting["join_token"], "device_id": device_id}
        return (await self.tale.web.post("/v1/auth/line/join", body))["signed_in"]

    async def write(self, text: str) -> None:
        """To the brand's LINE account; LINE tells the brand, signed."""
        async with self._line() as line:
            (await line.post(f"/line/users/{self.user}/say", json={"text": text})).raise_for_status()

    async def inbox(self, count: int) -> list[str]:
        """What came, once that is so many."""

        async def got() -> list[str]:
            async with self._line() as line:
                messages = (await line.get("/messages")).json()["messages"]
            return [one["text"] for one in messages if one["address"] == self.user]

        return await until("what LINE brings", got, lambda found: len(found) >= count)

    async def _trip(self, door: Web, path: str, device_id: str) -> Any:
        """A browser goes to LINE and comes back with what LINE gave it."""
        begun = await self.tale.web.post("/v1/auth/line", {"device_id": device_id, "redirect_uri": PAGE})
        async with httpx.AsyncClient(trust_env=False, timeout=_WITHIN) as browser:
            page = await browser.get(begun["authorize_url"], params={**_query(begun["authorize_url"]), **self._says()})
        if page.status_code != 302:
            raise StoryBroken(f"LINE Login answered {page.status_code}: {page.text[:200]}", "read OMO_HOME/log")
        came = _query(page.headers["location"])
        return await door.post(path, {"state": came["state"], "code": came["code"], "device_id": device_id})

    def _says(self) -> dict[str, str]:
        return {"login": self.user, "name": self.name}

    def _line(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.tale.stage.doors.messages_url, trust_env=False, timeout=_WITHIN)


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
