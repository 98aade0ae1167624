"""The order of the modules, and the one owner of each engine."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conftest import ROOT

SOURCE = ROOT / "src" / "reportgen"
LAYERS = (
    {"core"}, {"records"}, {"typefaces", "plan"}, {"markup", "press", "binder"}, {"building"},
    {"checking", "verifying", "doctor"}, {"library"}, {"cli"}, {"__main__"},
)  # fmt: skip
"""From the ground up; a room sees those below, and no other of its own layer."""
OWNERS: dict[str, str | set[str]] = {
    "pydantic": "records", "pydantic_core": "records", "yaml": "records", "fontTools": "typefaces",
    "uharfbuzz": "typefaces", "pikepdf": {"binder", "verifying"}, "page": "verifying",
    "jinja2": "markup", "markupsafe": "markup", "tinycss2": "markup",
    "PIL": {"records", "press"}, "weasyprint": "press", "pydyf": "press", "click": "cli",
    "rich": "cli", "pypdfium2": "checking", "pyuca": "core",
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


FILES = [p for p in SOURCE.rglob("*.py") if module(p) != "__init__"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_each_room_sees_only_those_below_it(path: Path) -> None:
    floor = next(n for n, rooms in enumerate(LAYERS) if module(path) in rooms)
    allowed = {module(path), "__version__"}.union(*LAYERS[:floor])
    for name in imports(path):
        if found := re.match(r"reportgen\.(\w+)", name):
            assert found[1] in allowed, f"{path.name} imports {name}"


def dotted(path: Path) -> str:
    """Return the name of a module as others import it."""
    name = ".".join(("reportgen", *path.relative_to(SOURCE).with_suffix("").parts))
    return name.removesuffix(".__init__")


def test_the_command_sees_the_library_and_the_ground_floor() -> None:
    for path in (SOURCE / "cli").rglob("*.py"):
        for name in needed(path):
            assert re.match(r"reportgen\.(library|core|cli)\b", name) or typed_only(path, name)


def typed_only(path: Path, name: str) -> bool:
    """Tell whether a module is imported for annotations alone."""
    text = path.read_text(encoding="utf-8")
    return f"\n    from {name} import" in text and f"\nfrom {name} import" not in text


def test_no_modules_import_each_other() -> None:
    below = {dotted(p): needed(p) for p in FILES}
    while leaves := [name for name, others in below.items() if not others]:
        below = {name: others - {*leaves} for name, others in below.items() if others}
    assert not below


def needed(path: Path) -> set[str]:
    """Return the modules of ours that one imports, also where it does so late."""
    names, found = {dotted(p) for p in FILES}, set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in names else node.module)
    return found & names - {dotted(path)}


def test_the_house_is_small() -> None:
    assert len(set().union(*LAYERS)) <= 20
    assert len(LAYERS) <= 9
    for path in FILES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_no_class_has_much_that_changes() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert len(changing(node)) <= 12, f"{path}: {node.name}"


CONTAINERS = {"set", "dict", "list"}


def changing(holder: ast.ClassDef) -> set[str]:
    """Return the attributes that a class sets after it was made, or begins empty to fill them."""
    found = set()
    growing = (ast.List, ast.Dict, ast.Set, ast.Constant)
    for method in (node for node in holder.body if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(method):
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.value
            made = method.name == "__init__" and not (
                isinstance(value, growing)
                or (
                    isinstance(value, ast.Call)
                    and ast.unparse(value.func) in {"set", "dict", "list"}
                )
            )
            for target in targets:
                for each in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "self":
                        found |= set() if made else {each.attr}
    return found


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
        "binder/sheets.py", "verifying/__init__.py", "verifying/misjudged.py",
        "verifying/printing.py", "verifying/structure.py",
    ]  # fmt: skip


def test_every_room_has_its_floor_and_every_module_says_what_it_is() -> None:
    assert {module(p) for p in FILES} == set().union(*LAYERS)
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_nothing_prints_but_the_command() -> None:
    for path in FILES:
        if module(path) not in {"cli", "__main__"}:
            assert not re.search(r"\bprint\(|sys\.exit|SystemExit", path.read_text("utf-8"))
