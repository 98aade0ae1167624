"""Findings as SARIF 2.1.0 (OASIS, 2020), which code hosts and editors show beside lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from reportgen import __version__
from reportgen.checking.finding import Finding, Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def log(findings: Iterable[Finding], rules: dict[str, Rule]) -> dict[str, Any]:
    """Return the log of one run.

    A finding on a page stands at the line of the record that its text comes from; the page
    and the position are a logical location and properties of it.
    """
    order = {name: index for index, name in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "reportgen",
                        "version": __version__,
                        "rules": [
                            {
                                "id": rule.id,
                                "shortDescription": {"text": rule.says},
                                "defaultConfiguration": {"level": rule.severity},
                            }
                            for rule in rules.values()
                        ],
                    }
                },
                # Columns are told in characters of Unicode (SARIF 2.1.0, 3.14.27).
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    "WORKSPACE": {"description": {"text": "The folder that holds report/."}}
                },
                "results": [_result(finding, order) for finding in findings],
            }
        ],
    }


def _result(finding: Finding, order: dict[str, int]) -> dict[str, Any]:
    line, column = max(finding.place.line, 1), max(finding.place.column, 1)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(finding.place.file), "uriBaseId": "WORKSPACE"},
            "region": {
                "startLine": line,
                "startColumn": column,
                "endColumn": column + max(finding.width, 1),
            },
        }
    }
    message = f"{finding.message}; {finding.remedy}"
    if finding.field:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.field, "kind": "member"}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": order[finding.rule],
        "level": finding.severity,
        "message": {"text": message},
        "locations": [location],
    }
    if spot := finding.spot:
        result["message"]["text"] = f"{spot.product}, {spot}: {message}"
        result["properties"] = {
            "product": spot.product,
            "page": spot.page,
            "x": spot.area.x,
            "y": spot.area.y,
            "width": spot.area.width,
            "height": spot.area.height,
        }
    return result
