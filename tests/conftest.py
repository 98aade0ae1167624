"""Fixtures: a small workspace to break, the command as users run it, the built sample."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from reportgen import markup, typefaces
from reportgen.building import seals, state
from reportgen.building.output import Made
from reportgen.building.state import State
from reportgen.markup.book import Bookwright, Found
from reportgen.plan import plan
from reportgen.plan.values import Layout, Markup, Part, Placed
from reportgen.records import records
from reportgen.records.workspace import Workspace
from reportgen.typefaces.programs import compacted, ranks

ROOT = Path(__file__).parent.parent

# Builds respect what their caller ignores, as nohup does; tests that send signals must not inherit
# that.
if threading.current_thread() is threading.main_thread():
    for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(_number) is signal.SIG_IGN:
            signal.signal(_number, signal.SIG_DFL)

CITY = """\
id: {id}
name: {{display: {display}, ko: {ko}, en: {en}}}
country: {{formal: THE REPUBLIC OF EXAMPLE, ko: 예시국, iso2: XX}}
texts:
  ko:
    about:
      - 이 도시는 시험을 위해 만든 가상의 도시이다.
  en:
    about:
      - This city is fictional and serves as a test.
"""
REPORT = """\
title: {display: A REPORT FOR TESTS, en: A Report for Tests}
year: 2022
languages: [ko, en]
partners: [Example Lab]
contact: {email: info@example.org, telephone: "+82-2-0000-0000", place: "Seoul, Korea"}
copyright: Copyright 2022. Example Lab.
book: {front: [], body: [], back: []}
areas:
  - number: 1
    name: {ko: 서비스, en: Services}
    accent: "#05557D"
    definition: {ko: 정의, en: Definition}
sources:
  - {id: a-source, title: {ko: 어떤 출처, en: A source}, url: "https://example.org/a"}
"""
BOOK = (
    "book: {front: [cover, contents, cities], body: [areas, matrix, profiles], "
    "back: [sources, index]}"
)


@cache
def face_ranks() -> dict[tuple[str, int], dict[str, int]]:
    """Return which characters share a glyph, of each face of the project."""
    faces = typefaces.load(Workspace(ROOT))
    held = "".join(sorted(faces.repertoire))
    return {
        (face.family, face.weight): ranks(faces.folder / face.file, held) for face in faces.faces
    }


def compact(faces: typefaces.Typefaces, characters: Iterable[str], folder: Path) -> None:
    """Write for each face a copy to `folder` that holds only `characters`."""
    needed = faces.needed(characters)
    for face in faces.faces:
        (folder / face.file).write_bytes(compacted(faces.folder / face.file, needed))


def engine_faces(characters: Iterable[str], folder: Path) -> Path:
    """Write copies of the faces that hold `characters`; return the engine's configuration."""
    compact(typefaces.load(Workspace(ROOT)), characters, folder)
    return typefaces.configure(folder)


def composed(root: Path, lang: str, profiles: int = 0) -> dict[str, Markup]:
    """Return the furniture, the parts and the first profiles of a book, as if each had a page."""
    workspace = Workspace(root)
    known = records.read(workspace)
    assert known.problems == ()
    composer = markup.Composer(workspace, known)
    sections = plan.book(known, workspace.names("templates", (".html",)), lang, "screen")
    layout = Layout(
        tuple(Placed(s.identity, s.target, n, 1) for n, s in enumerate(sections)), len(sections)
    )
    wright = Bookwright(composer, sections, known.cities)
    cities = [s for s in sections if not isinstance(s, Part)][:profiles]
    return {
        **{s.identity: composer.compose(s) for s in cities},
        **{s.name: wright.compose(s, layout, Found())[0] for s in sections if isinstance(s, Part)},
        "furniture": composer.furniture(lang, "screen"),
    }


class Small:
    """A workspace of two fictional cities, made to be broken."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "report" / "cities").mkdir(parents=True)
        (root / "report" / "report.yaml").write_text(REPORT, encoding="utf-8")
        self.city("alpha", CITY.format(id="alpha", display="ALPHA", ko="알파", en="Alpha"))
        self.city("beta", CITY.format(id="beta", display="BETA", ko="베타", en="Beta"))

    def city(self, identifier: str, text: str | bytes) -> Path:
        """Write the record of a city as it is given; return its path."""
        path = self.root / "report" / "cities" / f"{identifier}.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def add(self, identifier: str) -> Path:
        """Write the record of one more city; return its path."""
        names = {"display": identifier.upper(), "ko": "도시", "en": identifier.title()}
        return self.city(identifier, CITY.format(id=identifier, **names))

    def bind(self, block: str = BOOK) -> None:
        """Let the report have a book."""
        path = self.root / "report" / "report.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("book: {front: [], body: [], back: []}", block), "utf-8")

    def text(self, identifier: str) -> str:
        """Return a city's record as text."""
        path = self.root / "report" / "cities" / f"{identifier}.yaml"
        return path.read_text(encoding="utf-8")

    def own(self, folder: str) -> Path:
        """Give the workspace its own copy of `templates` or `fonts`; return the folder."""
        shutil.copytree(ROOT / folder, self.root / folder)
        return self.root / folder


def state_of(folder: Path) -> State:
    """Return what a folder of products has for the next build of this user."""
    made = Made(folder)
    try:
        return state.read(made, seals.key())
    finally:
        made.close()


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what reportgen keeps for a user out of that user's home."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A small good workspace in a folder of its own."""
    return Small(tmp_path / "work")


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The installed command, in a process of its own: run("build", path, cwd=…, env={…})."""

    def call(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **options.pop("env", {})}
        options.setdefault("cwd", tmp_path)
        return subprocess.run(
            [sys.executable, "-m", "reportgen", *map(str, arguments)],
            capture_output=True, text=True, env=env, timeout=300, check=False, **options,
        )  # fmt: skip

    return call


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 62 products of this repository's own report, built once."""
    out = tmp_path_factory.mktemp("sample") / "build"
    subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(ROOT), "--out", str(out), "-q"],
        check=True, timeout=300,
    )  # fmt: skip
    return out


def products(out: Path) -> dict[str, bytes]:
    """Return the finished files below `out` by their paths."""
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.pdf")}


def load(path: Path) -> Any:
    """Parse YAML without our own reader, as an independent witness."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
