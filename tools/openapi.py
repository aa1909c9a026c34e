"""Writes docs/openapi.json, the API as the HTTP gateway describes itself."""

import json
from pathlib import Path

from gateway.http import app
from gateway.http.description import documents
from gateway.http.settings import Settings

PATH = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"


def text() -> str:
    """What the file must say now."""
    found = documents.document(app.build(None, Settings()))
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Writes the file if it is not up to date."""
    fresh = text()
    if not PATH.exists() or PATH.read_text() != fresh:
        PATH.write_text(fresh)
        print("gen: docs/openapi.json")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
