"""The API's description as one page of plain HTML: it needs no script and no other server."""

import json
import re
from html import escape
from typing import Any

from gateway.http import examples

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
pre{background:#f4f4f2;padding:.7rem;overflow:auto;border-radius:4px;font-size:.85rem}code{background:#f4f4f2}
summary{cursor:pointer;padding:.3rem 0}b.m{display:inline-block;width:4.5rem;font-family:monospace}
details{border-top:1px solid #ddd}h2{margin-top:2.5rem}small{color:#666}"""


def page(document: dict[str, Any]) -> str:
    """Every call with its body, its answer and a line of curl."""
    groups: dict[str, list[str]] = {}
    for path, method, operation in examples.operations(document):
        groups.setdefault(operation["tags"][-1], []).append(_call(path, method, operation))
    body = "".join(f"<h2>{escape(name)}</h2>{''.join(calls)}" for name, calls in groups.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>OMO API</title><style>{_STYLE}</style>'
        f'<h1>OMO API</h1>{_text(document["info"]["description"])}<p><a href="/openapi.json">openapi.json</a></p>{body}'
    )


def _text(markdown: str) -> str:
    paragraphs = (escape(part).replace("\n", " ") for part in markdown.strip().split("\n\n"))
    marked = (
        re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", re.sub(r"`(.+?)`", r"<code>\1</code>", part)) for part in paragraphs
    )
    return "".join(f"<p>{part}</p>" for part in marked)


def _call(path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [_text(operation["description"]), f"<pre>{escape(_curl(path, method, operation))}</pre>"]
    for status, response in operation["responses"].items():
        if status == "default":
            continue
        parts.append(f"<p>{status} {escape(response['description'])}</p>")
        parts += [_pre(media.get("example")) for media in response.get("content", {}).values()]
    head = f'<b class="m">{method}</b> <code>{escape(path)}</code> <small>{escape(operation["operationId"])}</small>'
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _pre(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return f"<pre>{escape(text)}</pre>"


def _curl(path: str, method: str, operation: dict[str, Any]) -> str:
    asked = []
    for parameter in operation.get("parameters", ()):
        schema = parameter.get("schema", {})
        sample = parameter.get("example", next(iter(schema.get("examples", ())), None))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(sample))
        elif parameter["in"] == "query" and parameter.get("required"):
            asked += [f"{parameter['name']}={one}" for one in (sample if isinstance(sample, list) else [sample])]
    address = "$OMO" + path + ("?" + "&".join(asked) if asked else "")
    lines = [f"curl {'' if method == 'GET' else f'-X {method} '}'{address}'".replace("'$OMO", '"$OMO"\'')]
    if operation["security"] != [{}]:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ())):
        lines.append("-H 'Idempotency-Key: 7f2c1f2e-1d7c-4b0e-9d52-0c8c9d1f6a10'")
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        lines += [f"-H 'Content-Type: {kind}'", f"-d '{json.dumps(media['example'], ensure_ascii=False)}'"]
    return " \\\n  ".join(lines)
