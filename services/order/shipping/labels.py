"""Labels as PDF, of the size that parcel printers take; names and addresses in Chinese as in Latin letters."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from services.order.shipping.carrier import Address

# millimetres
_WIDTH, _HEIGHT, _EDGE = 100, 150, 6
# of the font packs that every reader of PDF brings for Traditional Chinese
_FONT = "MSung-Light"


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed on a parcel."""

    carrier: str
    service: str
    tracking_no: str
    order_no: str
    number: int
    parcels: int
    weight_grams: int
    sender: str
    to: Address


@cache
def load() -> Any:
    """The library, loaded with the first parcel that is booked: half a second that nobody else waits for."""
    from reportlab.graphics.barcode import code128  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.lib.utils import simpleSplit  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415
    from reportlab.pdfgen import canvas  # noqa: PLC0415

    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    return canvas.Canvas, code128.Code128, simpleSplit, mm


def render(given: Label) -> bytes:
    """The page. It takes some milliseconds, so callers leave the event loop for it."""
    canvas, code128, split, mm = load()
    out = BytesIO()
    page = canvas(out, pagesize=(_WIDTH * mm, _HEIGHT * mm), invariant=1)
    page.setTitle(given.tracking_no)
    left, width = _EDGE * mm, (_WIDTH - 2 * _EDGE) * mm
    y = (_HEIGHT - _EDGE) * mm

    def write(text: str, size: float) -> None:
        nonlocal y
        for line in split(text, _FONT, size, width) or [""]:
            y -= size * 1.25
            page.setFont(_FONT, size)
            page.drawString(left, y, line)

    write(" ".join(part for part in (given.carrier, given.service) if part), 14)
    write(f"寄件 {given.sender}", 9)
    y -= 4 * mm
    page.line(left, y, left + width, y)
    write(f"收件 {given.to.name}", 16)
    write(given.to.phone, 13)
    write(given.to.address, 15)
    y = 52 * mm
    page.line(left, y, left + width, y)
    write(f"{given.order_no}   {given.number}/{given.parcels}   {_weight(given.weight_grams)}", 11)
    bars = code128(given.tracking_no, barHeight=22 * mm, barWidth=0.33 * mm, humanReadable=False)
    bars.drawOn(page, left + (width - bars.width) / 2, 18 * mm)
    page.setFont(_FONT, 13)
    page.drawCentredString(left + width / 2, 9 * mm, given.tracking_no)
    page.showPage()
    page.save()
    return out.getvalue()


def _weight(grams: int) -> str:
    return f"{grams / 1000:.2f} kg" if grams else ""
