"""Receipts as PDF, as wide as the paper of tills; names in Chinese as in Latin letters."""

import asyncio
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from omo.order.v1 import invoice_pb2, order_pb2, receipt_pb2
from omo.type.v1 import money_pb2, trade_pb2

# millimetres
_WIDTH, _EDGE = 80, 5
_SMALL, _PLAIN, _LARGE = 7.0, 9.0, 13.0
_LEADING = 1.3
_QR, _BARS = 22, 10
# of the font packs that every reader of PDF brings for Traditional Chinese
_FONT = "MSung-Light"
_MARK = "\N{EM SPACE}"

# what stands on a line: on its left, on its right, how large; or a code to draw
_Row = tuple[str, str, float]


async def drawn(given: receipt_pb2.Receipt, zone: ZoneInfo) -> bytes:
    """The page, made beside the event loop: it takes some milliseconds."""
    return await asyncio.to_thread(render, given, zone)


def render(given: receipt_pb2.Receipt, zone: ZoneInfo) -> bytes:
    """The page."""
    library = _library()
    rows = [*_rows(given, zone)]
    printed = [one for one in given.invoices if one.print and one.state == invoice_pb2.INVOICE_STATE_ISSUED]
    page = _Page(library, rows, len(printed))
    page.write(rows)
    page.qr_codes(given.code)
    for one in printed:
        page.bars(one.barcode)
        page.qr_codes(one.left_qr, one.right_qr)
    return page.end(given.order.order_no)


@cache
def _library() -> Any:
    """Loaded with the first receipt: nobody else waits for it."""
    from types import SimpleNamespace  # noqa: PLC0415

    from reportlab.graphics import renderPDF  # noqa: PLC0415
    from reportlab.graphics.barcode import code39, qr  # noqa: PLC0415
    from reportlab.graphics.shapes import Drawing  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.lib.utils import simpleSplit  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415
    from reportlab.pdfgen import canvas  # noqa: PLC0415

    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    return SimpleNamespace(
        canvas=canvas.Canvas, bars=code39.Standard39, qr=qr.QrCodeWidget, drawing=Drawing, render=renderPDF, mm=mm,
        split=simpleSplit,
    )  # fmt: skip


class _Page:
    """One page, as long as it must be."""

    def __init__(self, library: Any, rows: list[_Row], invoices: int) -> None:
        self._of, self._out = library, BytesIO()
        mm = library.mm
        self._left, self._width = _EDGE * mm, (_WIDTH - 2 * _EDGE) * mm
        lines = sum(size * _LEADING * len(self._split(left, right, size)) for left, right, size in rows)
        codes = (_QR + 4) + invoices * (_QR + _BARS + 8)
        self._y = lines + (codes + 2 * _EDGE) * mm
        self._canvas = library.canvas(self._out, pagesize=(_WIDTH * mm, self._y), invariant=1)
        self._y -= _EDGE * mm

    def write(self, rows: list[_Row]) -> None:
        """Line after line; a long name takes several."""
        for left, right, size in rows:
            for place, text in enumerate(self._split(left, right, size)):
                self._y -= size * _LEADING
                self._canvas.setFont(_FONT, size)
                self._canvas.drawString(self._left, self._y, text)
                if right and place == 0:
                    self._canvas.drawRightString(self._left + self._width, self._y, right)

    def bars(self, text: str) -> None:
        """A Code 39."""
        mm = self._of.mm
        code = self._of.bars(text, barHeight=_BARS * mm, barWidth=0.19 * mm, checksum=0, stop=1)
        self._y -= (_BARS + 3) * mm
        code.drawOn(self._canvas, self._left + max((self._width - code.width) / 2, 0), self._y)

    def qr_codes(self, *texts: str) -> None:
        """QR codes side by side."""
        mm = self._of.mm
        self._y -= (_QR + 3) * mm
        step = self._width / len(texts)
        for place, text in enumerate(texts):
            code = self._of.qr(text, barLevel="L", barWidth=_QR * mm, barHeight=_QR * mm, barBorder=1)
            drawing = self._of.drawing(_QR * mm, _QR * mm)
            drawing.add(code)
            at = self._left + place * step + (step - _QR * mm) / 2
            self._of.render.draw(drawing, self._canvas, at, self._y)

    def end(self, title: str) -> bytes:
        """The document."""
        self._canvas.setTitle(title)
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()

    def _split(self, left: str, right: str, size: float) -> list[str]:
        room = self._width * (0.68 if right else 1.0)
        return self._of.split(left, _FONT, size, room) or [""]


def _rows(given: receipt_pb2.Receipt, zone: ZoneInfo) -> Iterator[_Row]:
    order = given.order
    at = order.business_time.ToDatetime(zone)
    yield given.brand_name or order.channel_id, "", _LARGE
    yield given.location_name or order.location_id, given.brand_tax_id, _PLAIN
    yield order.order_no, f"{at:%Y-%m-%d %H:%M}", _PLAIN
    if given.cashier_staff_code:
        yield f"收銀 {given.cashier_staff_code}", "", _SMALL
    for line in order.lines:
        yield from _line(line)
    yield from _totals(order.totals)
    for part in given.taxes:
        yield f"稅 Tax {part.rate_bp / 100:g} %{_MARK}{_money(part.base)}", _money(part.tax), _SMALL
    for tender in order.tenders:
        name = trade_pb2.TenderKind.Name(tender.kind).removeprefix("TENDER_KIND_")
        yield f"{name} {tender.provider}".strip(), _money(tender.amount), _PLAIN
    if given.HasField("points"):
        yield from _points(given.points)
    for invoice in given.invoices:
        yield from _invoice(invoice)


def _totals(given: order_pb2.Totals) -> Iterator[_Row]:
    if given.discount_total.minor_units:
        yield "折扣合計 Discounts", f"-{_money(given.discount_total)}", _PLAIN
    if given.points_value.minor_units:
        yield "點數折抵 Points", f"-{_money(given.points_value)}", _PLAIN
    if given.shipping_total.minor_units:
        yield "運費 Shipping", _money(given.shipping_total), _PLAIN
    yield "總計 Total", _money(given.grand_total), _LARGE


def _line(line: order_pb2.OrderLine) -> Iterator[_Row]:
    yield line.name or line.sku, "", _PLAIN
    yield f"{_MARK}{line.sku} × {line.quantity}", _money(line.list_total), _PLAIN
    for one in line.discounts:
        yield f"{_MARK}{one.rule_id}", f"-{one.amount:,}", _SMALL
    if line.seller_staff_code:
        yield f"{_MARK}服務 {line.seller_staff_code}", "", _SMALL


def _points(given: receipt_pb2.ReceiptPoints) -> Iterator[_Row]:
    if given.spent:
        yield "使用點數 Points spent", f"{given.spent:,}", _SMALL
    if given.earns_on.minor_units > 0:
        yield "積點金額 Earns points on", _money(given.earns_on), _SMALL


def _invoice(given: invoice_pb2.Invoice) -> Iterator[_Row]:
    voided = "（作廢）" if given.state == invoice_pb2.INVOICE_STATE_VOIDED else ""
    yield f"電子發票 {given.number[:2]}-{given.number[2:]}{voided}", _money(given.total), _PLAIN
    yield f"隨機碼 {given.random_code}", f"載具 {given.masked_carrier}" if given.masked_carrier else "", _SMALL
    if given.masked_tax_id:
        yield f"買方 {given.masked_tax_id}", f"稅額 {_money(given.tax_amount)}", _SMALL
    if given.donation_code:
        yield f"捐贈碼 {given.donation_code}", "", _SMALL
    for one in given.allowances:
        yield f"折讓 {one.number}", f"-{_money(one.amount)}", _SMALL


def _money(given: money_pb2.Money) -> str:
    return f"{given.currency_code} {given.minor_units:,}"
