"""Everything that is kept of a person, gathered from every service and handed out to him, once."""

import base64
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kit import access, faultpoints, outbox, pages, timers
from kit.access import Kind as Who
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.ids import uuid7
from kit.postgres import Tx
from kit.timers import Due
from services.member.identity import reading as looks
from services.member.identity.register import Register
from services.member.points import reading
from services.member.privacy import domain_requests as domain
from services.member.privacy import store_erasures, wire
from services.member.privacy import store_exports as store
from services.member.privacy.domain_requests import Export, ExportState, LinkInvalid, LinkSpent
from services.member.privacy.parts import Holding
from services.member.profile import store_timeline
from services.member.vault import Vault

faultpoints.register("privacy.before_gathered", "privacy.before_packed")
GATHER, EXPIRY = "privacy.export", "privacy.export_expiry"
PIECE = 512 * 1024
_MEMBER = "member"
_SUBJECT, _DAYS = "exports", 7
# as long as services may take before it is given up
_PATIENCE = timedelta(days=7)


class Exports:
    """One file per request, sealed under the member's key until its last byte is handed out."""

    def __init__(self, vault: Vault, register: Register, clock: Clock) -> None:
        self._vault = vault
        self._register = register
        self._clock = clock
        self._link_key = vault.digest("export link")
        self._holdings: Sequence[Holding] = ()

    def bring(self, holdings: Sequence[Holding]) -> None:
        """Whose shares member's own part is made of."""
        self._holdings = holdings

    async def request(self, tx: Tx, member_id: str) -> Export:
        """Asks every service; one that is under way, or waits to be fetched, is answered again."""
        await reading.require_member(tx, member_id)
        ids = await store_timeline.ids(tx, member_id)
        now, actor = self._clock(), access.current().actor
        new = await store.add(tx, uuid7(), ids[0], now, actor.kind, actor.id)
        if new is None:
            there = await store.open_one(tx, ids[0])
            if there is None:  # it ended in this very moment
                raise Fault("another request just ended: ask again", code=Code.ABORTED, reason="REQUEST_RUNNING")
            return there
        await timers.schedule(tx, GATHER, new.export_id, now)
        await timers.schedule(tx, EXPIRY, new.export_id, now + _PATIENCE)
        await outbox.append(tx, wire.export_started(new, ids, now))
        return new

    async def gather(self, tx: Tx, due: Due) -> None:
        """Member's own part."""
        export = await store.one(tx, due.key, lock=True)
        if export is None or export.state is not ExportState.GATHERING:
            return
        ids = await store_timeline.ids(tx, export.member_id)
        sections: dict[str, list[Mapping[str, object]]] = {}
        for holding in self._holdings:
            for name, rows in (await holding.export(tx, ids, self._vault)).items():
                sections.setdefault(name, []).extend(rows)
        data = json.dumps(sections, ensure_ascii=False, default=str).encode()
        await self.deliver(tx, export.export_id, _MEMBER, 0, last=True, data=data)
        faultpoints.hit("privacy.before_gathered")

    async def deliver(self, tx: Tx, export_id: str, service: str, number: int, *, last: bool, data: bytes) -> None:
        """Keeps a service's piece; with the last one missing the file is made. What comes too late is dropped."""
        export = await store.one(tx, export_id, lock=True)
        if export is None or export.state is not ExportState.GATHERING:
            return
        sealed = await self._seal(tx, export, f"{service}:{number}", data)
        await store.deliver(tx, export_id, service, number, last=last, sealed=sealed)
        if {_MEMBER, *domain.SERVICES} <= await store.done(tx, export_id):
            await self._pack(tx, export)
            faultpoints.hit("privacy.before_packed")

    async def waiting_for(self, tx: Tx, export: Export) -> list[str]:
        """Who has not delivered yet."""
        if export.state is not ExportState.GATHERING:
            return []
        return sorted({_MEMBER, *domain.SERVICES} - await store.done(tx, export.export_id))

    def link(self, export: Export) -> str:
        """The token of its link, for the member himself."""
        principal = access.current()
        if export.state is not ExportState.READY or principal.kind is not Who.MEMBER or export.expire_time is None:
            return ""
        return pages.encode({"e": export.export_id, "x": int(export.expire_time.timestamp())}, self._link_key)

    async def download(self, tx: Tx, token: str, offset: int) -> tuple[bytes, int]:
        """The piece at `offset`, and how long the file is; nothing is handed out twice."""
        now = self._clock()
        export = await store.one(tx, self._named(token, now), lock=True)
        if export is None:
            raise LinkInvalid("there is no such file", field="token")
        if export.state is ExportState.DOWNLOADED:
            raise LinkSpent("the file was handed out before", field="token")
        if export.state is not ExportState.READY or export.file_sealed is None:
            raise LinkInvalid("the file is no longer kept", field="token")
        end = min(offset + PIECE, export.size_bytes)
        if not await store.give(tx, export.export_id, offset, end, now):
            raise LinkSpent("this part of the file was handed out before", field="offset")
        if offset == 0:
            await looks.note(tx, now, "DownloadExport", member_id=export.member_id, purpose="export")
        if end == export.size_bytes:
            await timers.cancel(tx, EXPIRY, export.export_id)
        return (await self._open(tx, export, "file", export.file_sealed))[offset:end], export.size_bytes

    async def expire(self, tx: Tx, due: Due) -> None:
        """Nobody fetched it, or a service never answered."""
        await store.expire(tx, due.key)

    def _named(self, token: str, now: datetime) -> str:
        try:
            told = pages.decode(token, self._link_key) or {}
        except pages.PageTokenInvalid:
            raise LinkInvalid("the link is none of ours", field="token") from None
        if told.get("x", 0) <= now.timestamp():
            raise LinkInvalid("the link has expired", field="token")
        return str(told["e"])

    async def _pack(self, tx: Tx, export: Export) -> None:
        files: dict[str, list[str]] = {}
        pieces: dict[str, bytes] = {}
        for service, number, sealed in await store.parts(tx, export.export_id):
            data = await self._open(tx, export, f"{service}:{number}", sealed)
            pieces[service] = pieces.get(service, b"") + data
        for service, data in pieces.items():
            for section, rows in json.loads(data or b"{}").items():
                files[f"{service}/{section}.jsonl"] = [json.dumps(row, ensure_ascii=False) for row in rows]
        rules = [f"{one.subject}: {one.keep_days} days ({one.basis})" for one in await store_erasures.rules(tx)]
        packed = _zip(export, files, rules)
        now = self._clock()
        days = next((one.keep_days for one in await store_erasures.rules(tx) if one.subject == _SUBJECT), 0) or _DAYS
        until = now + timedelta(days=days)
        await store.ready(tx, export.export_id, now, until, len(packed), await self._seal(tx, export, "file", packed))
        await timers.schedule(tx, EXPIRY, export.export_id, until)

    async def _seal(self, tx: Tx, export: Export, name: str, data: bytes) -> bytes:
        return await self._register.seal(tx, export.member_id, _place(export, name), base64.b64encode(data).decode())

    async def _open(self, tx: Tx, export: Export, name: str, sealed: bytes) -> bytes:
        return base64.b64decode(await self._register.open(tx, export.member_id, _place(export, name), sealed))


def _place(export: Export, name: str) -> str:
    return f"export:{export.export_id}:{name}"


def _zip(export: Export, files: Mapping[str, Sequence[str]], kept: Sequence[str]) -> bytes:
    """JSON lines by service and section; what lies in it never depends on the machine's clock."""
    out = io.BytesIO()
    about = {"export_id": export.export_id, "request_time": export.request_time.isoformat(), "kept": list(kept)}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, lines in [("about.json", [json.dumps(about, ensure_ascii=False)]), *sorted(files.items())]:
            packed.writestr(zipfile.ZipInfo(name), "".join(f"{line}\n" for line in lines), zipfile.ZIP_DEFLATED)
    return out.getvalue()
