"""What happens on the way of one shopper: who he is, and what he has by now."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from cli.demo.counter import Counter, credential
from cli.demo.stage import Stage, StoryBroken
from cli.demo.web import Web
from omo_storelink import Credential


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who comes in; each telling has another telephone, so that it begins with a stranger."""

    phone: str
    name: str = "陳小明"
    # another telephone than the number's first, where it moved to somebody else
    telephone: str = ""

    @property
    def device(self) -> str:
        """The telephone itself, which may ask for so many codes a day."""
        return f"demo-{uuid.uuid5(uuid.NAMESPACE_URL, self.phone + self.telephone)}"


@dataclass(slots=True)
class Tale:
    """One telling as it goes on."""

    stage: Stage
    web: Web
    hq: Web
    till: Credential
    shopper: Shopper
    member_id: str = ""
    receipt_no: str = ""
    sale_id: str = ""
    order_id: str = ""
    session: dict[str, Any] = field(default_factory=dict)
    # what the panorama and the shelves said before
    before: dict[str, Any] = field(default_factory=dict)

    def counter(self, location_id: str) -> Counter:
        """The store's till, opened with `async with`."""
        return Counter(self.stage, location_id, self.till)

    async def branch(self, location_id: str) -> Counter:
        """Another store's till, which enrols when it is first needed."""
        made, _ = await credential(self.stage, self.hq, location_id)
        return Counter(self.stage, location_id, made)

    @property
    def app(self) -> Web:
        """The API as the shopper's own app."""
        if not self.session:
            raise StoryBroken("the shopper has not signed in", "this is a fault of the story")
        return self.web.as_(self.session["access_token"])

    async def refresh(self) -> None:
        """Time has passed: the app gets itself new tokens."""
        body = {"refresh_token": self.session["refresh_token"], "device_id": self.shopper.device}
        self.session = (await self.web.post("/v1/auth/refresh", body))["session"]
