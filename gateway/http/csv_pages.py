"""One page of a list as CSV, for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

MEDIA_TYPE = "text/csv"
NEXT_PAGE = "Next-Page-Token"
# a spreadsheet takes what begins so for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def page(head: Sequence[str], rows: Iterable[Sequence[object]], next_page_token: str) -> Response:
    """The rows below their names; the next page's token stands in a header."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([[cell(value) for value in row] for row in rows])
    headers = {NEXT_PAGE: next_page_token} if next_page_token else {}
    # with a byte order mark, without which a spreadsheet does not take it for UTF-8
    return Response(text.getvalue().encode("utf-8-sig"), media_type=MEDIA_TYPE, headers=headers)


def cell(value: object) -> object:
    """A value as a spreadsheet may see it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def described(example: str, *, paged: bool = True) -> dict[int | str, dict[str, object]]:
    """How a route says that it answers with CSV; a short table is one page."""
    schema = {"schema": {"type": "string"}, "example": example}
    header = {NEXT_PAGE: {"description": "Of the next page; none: the last.", "schema": {"type": "string"}}}
    said = {"description": "CSV.", "content": {MEDIA_TYPE: schema}}
    return {200: {**said, "headers": header} if paged else {**said}}
