"""The manifest: what a folder of products holds, for readers and programs.

`reportgen schema manifest` prints what it says as a JSON Schema; `format` grows with what an old
reader would misunderstand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reportgen import __version__
from reportgen.building.results import Product

NAME = "manifest.json"
FORMAT = 1
BUNDLE = 64
"""Lines that are written at once; one tells of a product."""
_PATH = r"([A-Za-z0-9-]+/){1,3}[A-Za-z0-9-]+\.pdf"
_PRODUCT = re.compile(_PATH)
_SHAPE = {"path": str, "identity": str, "title": str, "pages": int, "bytes": int, "sha256": str}
_HEX = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Manifest of a folder of products",
    "type": "object",
    "properties": {
        "reportgen": {"type": "string", "description": "The version that wrote it."},
        "format": {"const": FORMAT},
        "products": {"type": "array", "items": {"$ref": "#/$defs/product"}},
    },
    "required": ["reportgen", "format", "products"],
    "additionalProperties": False,
    "$defs": {
        "product": {
            "type": "object",
            "properties": {
                "path": {
                    "type": "string", "pattern": f"^{_PATH}$",
                    "description": "From the manifest's folder.",
                },
                "identity": {
                    "type": "string",
                    "description": "Edition, language and name; the file says the same of itself.",
                },
                "title": {"type": "string"},
                "pages": {"type": "integer", "minimum": 1},
                "bytes": {"type": "integer", "minimum": 1},
                "sha256": _HEX,
                "next": {
                    **_HEX,
                    "description": "What the file is about to be, while a build puts it in place.",
                },
                "standard": {"type": "string"},
                "attachments": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "sha256": _HEX},
                        "required": ["name", "sha256"],
                        "additionalProperties": False,
                    },
                },
            },
            "required": [*_SHAPE, "standard", "attachments"],
            "additionalProperties": False,
        },
    },
}  # fmt: skip


def read(content: bytes) -> tuple[Product, ...]:
    """Return the products that a manifest lists.

    Raises ValueError, TypeError, KeyError, AttributeError or RecursionError for what is none.
    """
    return tuple(map(_product, json.loads(content)["products"]))


def _product(entry: dict[str, Any]) -> Product:
    for name, kind in _SHAPE.items():
        if type(entry[name]) is not kind:
            raise ValueError(f"the {name} of {entry['path']} is no {kind.__name__}")
    if not _PRODUCT.fullmatch(entry["path"]):
        raise ValueError("it names a file that is no product")
    attached = tuple((a["name"], a["sha256"]) for a in entry.get("attachments", ()))
    if not all(isinstance(value, str) for pair in attached for value in pair):
        raise ValueError(f"the attachments of {entry['path']} are none")
    return Product(
        entry["identity"], entry["path"], entry["title"], entry["pages"], entry["bytes"],
        entry["sha256"], str(entry.get("standard", "")), attached,
    )  # fmt: skip


def written(products: Iterable[Product], coming: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a manifest as it is written, with a line for each product, a piece at a time.

    `coming` are the hashes that files are about to have, by path.
    """
    yield f'{{\n "format": {FORMAT},\n "products": ['.encode()
    lines: list[str] = []
    before = "\n  "
    for product in products:
        lines.append(f"{before}{_json(_entry(product, coming))}")
        before = ",\n  "
        if len(lines) == BUNDLE:
            yield "".join(lines).encode()
            lines.clear()
    lines.append(f'\n ],\n "reportgen": {_json(__version__)}\n}}\n')
    yield "".join(lines).encode()


def _entry(product: Product, coming: Mapping[str, str]) -> dict[str, object]:
    entry: dict[str, object] = {
        "path": product.path, "identity": product.identity, "title": product.title,
        "pages": product.pages, "bytes": product.size, "sha256": product.sha256,
        "standard": product.standard,
        "attachments": [{"name": name, "sha256": digest} for name, digest in product.attached],
    }  # fmt: skip
    return {**entry, "next": coming[product.path]} if product.path in coming else entry


_json = json.JSONEncoder(ensure_ascii=False).encode
