"""The order of the modules, and the one owner of each engine."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conftest import ROOT

SOURCE = ROOT / "src" / "reportgen"
ORDER = [
    "errors", "standards", "outcome", "versions", "collation", "seals", "vault", "scratch",
    "server", "model", "dates", "workspace", "records", "pagination", "editions", "plan",
    "attachments",
    "typefaces", "pictures", "characters", "imposition",
    "markup", "press", "binder", "output", "store", "freshness", "parsed", "worker", "crew",
    "books", "keys", "bindery", "build",
    "check", "verify", "doctor", "starter", "cli",
]  # fmt: skip
OWNERS: dict[str, str | set[str]] = {
    "pydantic": "model", "pydantic_core": "model", "yaml": "records", "fontTools": "typefaces",
    "uharfbuzz": "typefaces", "pikepdf": {"binder", "standards", "verify"}, "page": "standards",
    "jinja2": "markup", "markupsafe": "markup", "tinycss2": "markup",
    "PIL": {"pictures", "press"}, "weasyprint": "press", "pydyf": "press", "click": "cli",
    "rich": "cli", "pypdfium2": "check", "pyuca": "collation",
}  # fmt: skip


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "reportgen":
                found |= {f"reportgen.{alias.name}" for alias in node.names}
    return found


def module(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


FILES = [p for p in SOURCE.rglob("*.py") if module(p) not in {"__init__", "__main__"}]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_each_module_imports_only_earlier_steps(path: Path) -> None:
    allowed = [*ORDER[: ORDER.index(module(path))], module(path)]
    for name in imports(path):
        if found := re.match(r"reportgen\.(\w+)", name):
            assert found[1] in {*allowed, "__version__"}, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_each_engine_has_one_owner(path: Path) -> None:
    for name in imports(path):
        owner = OWNERS.get(name.split(".")[0], module(path))
        assert module(path) in ({owner} if isinstance(owner, str) else owner), (
            f"{path.name} imports {name}"
        )


def test_few_modules_read_pdf() -> None:
    found = [p.relative_to(SOURCE).as_posix() for p in FILES if "pikepdf" in imports(p)]
    assert sorted(found) == [
        "binder/sheets.py", "standards/printing.py", "standards/structure.py",
        "verify/__init__.py", "verify/misjudged.py",
    ]  # fmt: skip


def test_every_module_is_in_the_order_and_says_its_step() -> None:
    assert {module(p) for p in FILES} == set(ORDER)
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_nothing_prints_but_the_command() -> None:
    for path in FILES:
        if module(path) != "cli":
            assert not re.search(r"\bprint\(|sys\.exit|SystemExit", path.read_text("utf-8"))
