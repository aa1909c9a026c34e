"""The API's description as one page of plain HTML: it needs no script and no other server."""

import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any

from gateway.http.description import examples

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
pre{background:#f4f4f2;padding:.7rem;overflow:auto;border-radius:4px;font-size:.85rem}code{background:#f4f4f2}
summary{cursor:pointer;padding:.3rem 0}b.m{display:inline-block;width:4.5rem;font-family:monospace}
details{border-top:1px solid #ddd}h2{margin-top:2.5rem}small{color:#666}"""


def page(document: dict[str, Any]) -> str:
    """Every call with its body, its answer and a line of curl."""
    groups: dict[str, list[str]] = {}
    for path, method, operation in examples.operations(document):
        call = _call(path, method, operation, document["components"]["schemas"])
        groups.setdefault(operation["tags"][-1], []).append(call)
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


def _call(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    parts = [_text(operation["description"]), f"<pre>{escape(_curl(path, method, operation))}</pre>"]
    parts.append(_meanings((one["name"], one) for one in operation.get("parameters", ())))
    parts += [_meanings(_model(media["schema"], schemas)) for media in _media(operation.get("requestBody", {}))]
    for status, response in operation["responses"].items():
        if status == "default":
            continue
        parts.append(f"<p>{status} {escape(response['description'])}</p>")
        for media in _media(response):
            parts += [_pre(media.get("example")), _meanings(_model(media.get("schema", {}), schemas))]
    head = f'<b class="m">{method}</b> <code>{escape(path)}</code> <small>{escape(operation["operationId"])}</small>'
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _media(part: dict[str, Any]) -> Iterable[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = part.get("content", {}).values()
    return found


def _model(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """The fields of a body, and below it those of its models, by their paths."""
    for name, field in schemas.get(_named(schema), {}).get("properties", {}).items():
        yield name, field
        inner = next(
            (_named(one) for one in (field, field.get("items", {}), *field.get("anyOf", ())) if _named(one)), ""
        )
        yield from ((f"{name}.{path}", part) for path, part in schemas.get(inner, {}).get("properties", {}).items())


def _named(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _meanings(named: Iterable[tuple[str, dict[str, Any]]]) -> str:
    rows = (f"<li><code>{escape(name)}</code> {escape(one.get('description', ''))}</li>" for name, one in named)
    return f"<ul>{''.join(rows)}</ul>"


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
    if path.startswith("/v1/carts/"):
        sample = next(one for one in operation["parameters"] if one["name"] == "Cart-Token")["schema"]["examples"][0]
        lines.append(f"-H 'Cart-Token: {sample}'")
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        lines += [f"-H 'Content-Type: {kind}'", f"-d '{json.dumps(media['example'], ensure_ascii=False)}'"]
    return " \\\n  ".join(lines)
