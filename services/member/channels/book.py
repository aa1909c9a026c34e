"""The address book: where a member can be reached, by channel, and what has ended."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.ids import uuid7
from kit.postgres import Tx
from services.member.channels import store
from services.member.channels.contract import Kind
from services.member.identity import store as people
from services.member.identity import wire as identities
from services.member.identity.domain import By, Identifier
from services.member.identity.register import Register
from services.member.vault import Vault


@dataclass(frozen=True, slots=True)
class Listed:
    """An address as staff see it, and why nothing is sent there."""

    channel: str
    masked: str
    verified: bool
    end_code: str = ""
    end_detail: str = ""
    end_time: datetime | None = None


_BY = {By.EMAIL: Kind.EMAIL, By.PHONE: Kind.SMS, By.LINE: Kind.LINE}
_KIND = {channel: by for by, channel in _BY.items()}


class AddressBook:
    """Reads what identity keeps sealed; only what its owner has proved is an address."""

    def __init__(self, vault: Vault, register: Register) -> None:
        self._vault = vault
        self._register = register

    async def addresses(self, tx: Tx, member_id: str) -> Mapping[str, Sequence[str]]:
        """Channel -> addresses, without those that refuse the brand; `console` is always there, for where it is on."""
        meant = await people.resolve(tx, member_id)
        member = await self._register.get(tx, meant)
        found: dict[str, list[str]] = defaultdict(list)
        if member is None:
            return found
        proved = [one for one in member.identifiers if one.kind in _BY and one.verify_time is not None]
        lookups = {self._register.lookup(one): one for one in proved}
        ended = await store.ended(tx, lookups)
        for lookup, one in lookups.items():
            if lookup not in ended:
                found[_BY[one.kind].value].append(one.value)
        found[Kind.PUSH.value].extend(await self._pushed(tx, meant))
        found[Kind.CONSOLE.value].append(meant)
        return {channel: addresses for channel, addresses in found.items() if addresses}

    async def listed(self, tx: Tx, member_id: str) -> list[Listed]:
        """Every address with what has become of it: for people, so none of them whole."""
        meant = await people.resolve(tx, member_id)
        member = await self._register.get(tx, meant)
        known = [one for one in member.identifiers if one.kind in _BY] if member is not None else []
        lookups = [self._register.lookup(one) for one in known]
        why = await store.why(tx, lookups)
        found = [
            Listed(
                _BY[one.kind].value,
                identities.masked(one),
                one.verify_time is not None,
                *why.get(lookup, ("", "", None)),
            )
            for one, lookup in zip(known, lookups, strict=True)
        ]
        browsers = [Listed(Kind.PUSH.value, "", verified=True) for _ in await self._pushed(tx, meant)]
        return [*found, *browsers]

    async def bounced(self, tx: Tx, message_id: str, address: str) -> bool:
        """Whether a bounce speaks of a message of ours and of the address to which it went."""
        lookup = self.lookup(Kind.EMAIL, address)
        return lookup is not None and await store.written_to(tx, message_id, lookup)

    async def end(self, tx: Tx, channel: str, address: str, code: str, at: datetime, detail: str = "") -> None:
        """The address refuses the brand: nothing more is sent there until it says otherwise."""
        lookup = self.lookup(channel, address)
        if lookup is None:
            return
        if channel == Kind.PUSH:
            await store.forget_endpoint(tx, lookup)
        else:
            await store.end(tx, lookup, channel, code, at, detail)

    async def revive(self, tx: Tx, channel: str, address: str, at: datetime) -> None:
        """The address takes messages again."""
        lookup = self.lookup(channel, address)
        if lookup is not None:
            await store.revive(tx, lookup, at)

    async def reaches(self, tx: Tx, lookup: bytes) -> bool:
        """Whether the address behind a lookup takes messages."""
        return not await store.ended(tx, [lookup])

    def lookup(self, channel: str, address: str) -> bytes | None:
        """What an address is found by; None for what is no address of a person."""
        if channel == Kind.PUSH:
            return self._endpoint(str(json.loads(address)["endpoint"]))
        by = _KIND.get(Kind(channel))
        return self._register.lookup(Identifier(by, address)) if by else None

    async def subscribe(self, tx: Tx, member_id: str, subscription: Mapping[str, object], at: datetime) -> str:
        """Keeps a browser's subscription for the member who is signed in there."""
        meant, text = await people.resolve(tx, member_id), json.dumps(subscription)
        sealed = await self._register.seal(tx, meant, _PLACE, text)
        return await store.subscribe(tx, uuid7(), meant, self._endpoint(str(subscription["endpoint"])), sealed, at)

    async def unsubscribe(self, tx: Tx, member_id: str, subscription_id: str) -> None:
        """Forgets a subscription."""
        await store.unsubscribe(tx, await people.resolve(tx, member_id), subscription_id)

    async def _pushed(self, tx: Tx, member_id: str) -> list[str]:
        rows = await store.subscriptions(tx, member_id)
        opened = [await self._register.open(tx, holder, _PLACE, sealed) for _, holder, sealed, _ in rows]
        return [one for one in opened if one]

    def _endpoint(self, endpoint: str) -> bytes:
        return self._vault.digest("push endpoint", endpoint)


_PLACE = "push subscription"
