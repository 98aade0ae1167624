"""A workspace that somebody mailed: it tries everything at once, and touches nothing outside."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Run, Small, products
from reportgen.building import seals, state
from reportgen.core.errors import InputError
from reportgen.records.workspace import Workspace
from test_hostile_templates import knocked

SECRET = "a secret that is nobody's business"


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return everything in a folder, with its time and its content."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of the user's, which no workspace may touch."""
    folder = tmp_path / "home"
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "thesis.txt").write_text(SECRET)
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + SECRET.encode())
    for name in ("0a", "records"):
        (folder / "store" / name).mkdir(parents=True)
    return folder


LINKS = {
    "the store": (".reportgen", "store"),
    "a folder of the store": (".reportgen/{hex}", "store/0a"),
    "its records": (".reportgen/records", "store/records"),
    "the output folder": ("build", "documents"),
    "an edition": ("build/screen", "documents"),
    "a language": ("build/screen/en", "documents"),
}


@pytest.mark.parametrize(("link", "target"), LINKS.values(), ids=LINKS)
def test_a_link_in_what_is_written_is_refused(
    small: Small, run: Run, home: Path, link: str, target: str
) -> None:
    """Whatever lies behind it stays as it is; nothing is read from there or written to it."""
    before = snapshot(home)
    for name in [link.format(hex=f"{n:02x}") for n in range(256)] if "{" in link else [link]:
        path = small.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(home / target)
    done = run("build", small.root, "--jobs", 1)
    assert done.returncode == 6, done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(home) == before
    run("clean", small.root)
    assert snapshot(home) == before


@pytest.mark.parametrize("kind", ["a pipe", "a second name"])
def test_the_records_of_a_store_are_a_file_of_their_own(
    small: Small, run: Run, home: Path, kind: str
) -> None:
    """They are written at their end, and so would be a file that they are another name of."""
    assert run("build", small.root, "--jobs", 1).returncode == 0
    (path,) = (small.root / ".reportgen" / "records").iterdir()
    path.unlink()
    if kind == "a pipe":
        os.mkfifo(path)
    else:
        os.link(home / "documents" / "thesis.txt", path)
    before = (home / "documents" / "thesis.txt").read_bytes()
    small.city("alpha", small.text("alpha").replace("This city", "That city"))
    done = run("build", small.root, "--jobs", 1)
    assert done.returncode == 6
    assert "it is no file of its own" in done.stderr
    assert (home / "documents" / "thesis.txt").read_bytes() == before


@pytest.mark.parametrize("top", ["report", "templates", "fonts"])
def test_a_folder_of_the_workspace_is_no_link_out_of_it(
    small: Small, run: Run, tmp_path: Path, top: str
) -> None:
    if top == "report":
        shutil.move(small.root / top, tmp_path / top)
    else:
        shutil.copytree(ROOT / top, tmp_path / top)
    (small.root / top).symlink_to(tmp_path / top)
    done = run("build", small.root, "--jobs", 1)
    assert done.returncode == 3, done.stderr
    assert f"{top} is a link that leaves the workspace" in done.stderr


@pytest.mark.parametrize("name", [".gitignore", "lock"])
def test_a_file_of_the_store_that_is_a_link_is_not_followed(
    small: Small, run: Run, home: Path, name: str
) -> None:
    before = snapshot(home)
    store = small.root / ".reportgen"
    store.mkdir()
    (store / name).symlink_to(home / "documents" / "thesis.txt")
    done = run("build", small.root, "--jobs", 1)
    assert done.returncode in {0, 6}
    assert "Traceback" not in done.stderr
    assert snapshot(home) == before


def test_a_store_and_an_output_folder_that_the_user_names_may_be_links(
    small: Small, run: Run, tmp_path: Path
) -> None:
    for name in ("store", "out"):
        (tmp_path / f"real-{name}").mkdir()
        (tmp_path / name).symlink_to(tmp_path / f"real-{name}")
    out = tmp_path / "out"
    done = run("build", small.root, "--store", tmp_path / "store", "--out", out)
    assert done.returncode == 0, done.stderr
    assert len(products(tmp_path / "real-out")) == 4
    assert list((tmp_path / "real-store").glob("??/*"))


def test_a_store_that_comes_with_a_workspace_is_not_believed(
    small: Small, run: Run, tmp_path: Path
) -> None:
    """Its entries carry a seal, which only the user's own reportgen can make."""
    theirs = {"XDG_STATE_HOME": str(tmp_path / "theirs")}
    assert run("build", small.root, env=theirs).returncode == 0
    good = products(small.root / "build")
    shutil.rmtree(small.root / "build")
    shutil.rmtree(small.root / ".reportgen")
    # They set their own words, then give the record back.
    record = small.text("alpha")
    small.city("alpha", record.replace("This city", "Their city"))
    assert run("build", small.root, env=theirs).returncode == 0
    store = small.root / ".reportgen"
    forged = {p.name: p.read_bytes() for p in store.glob("??/*") if b"Their" in p.read_bytes()}
    assert forged
    small.city("alpha", record)
    keep = tmp_path / "keep"
    assert run("build", small.root, "--out", keep, env=theirs).returncode == 0
    mended = [p for p in store.glob("??/*") if b"This city" in p.read_bytes()]
    assert mended
    for path in mended:
        content = next(iter(forged.values()))
        head, digest = content[:21], hashlib.sha256(content[86:]).hexdigest().encode()
        path.write_bytes(head + digest + content[85:])
    assert run("build", small.root).returncode == 0
    assert products(small.root / "build") == good


CARELESS = """
import sys
from reportgen import markup
from reportgen.cli import run
markup.lint = lambda *_: []
sys.exit(run(["build", sys.argv[1], "-q", "--jobs", "1"]))
"""
"""Writes a state that says that templates were looked through, which they were not."""


def test_a_state_does_not_spare_templates_the_linter(
    small: Small, run: Run, tmp_path: Path
) -> None:
    page = small.own("templates") / "profile.html"
    mark = "{% autoescape false %}{{ city.display }}{% endautoescape %}"
    page.write_text(page.read_text("utf-8").replace("<article>", f"<article>{mark}"), "utf-8")
    page.write_text(page.read_text("utf-8").replace("city.display", "city.name.display"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CARELESS, small.root], capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "theirs")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (small.root / "build" / ".reportgen-state").stat().st_size > 100
    for _ in range(2):
        done = run("build", small.root)
        assert done.returncode == 3
        assert "autoescape is changed" in done.stderr


def test_everything_at_once(small: Small, run: Run, home: Path, tmp_path: Path) -> None:
    """Paths, links, actions, the network, huge values, escapes in messages and in names."""
    before = snapshot(tmp_path / "home")
    report = small.root / "report"
    (report / "images").mkdir()
    (report / "images" / "linked.png").symlink_to(home / "picture.png")
    (report / "cities" / "linked.yaml").symlink_to(home / "documents" / "thesis.txt")
    (report / "cities" / "\x1b[31mred.yaml").write_text("id: red\n")
    (report / "cities" / "huge.yaml").write_text("id: huge\nname: " + "[" * 100_000)
    (report / "cities" / "run.yaml").write_text("id: !!python/object/apply:os.system [id]\n")
    (report / "cities" / "bomb.yaml").write_text(
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{c}: &{c} [{', '.join(['*' + chr(ord(c) - 1)] * 9)}]\n" for c in "bcdefghi")
    )
    os.mkfifo(report / "cities" / "pipe.yaml")
    image = "image: {path: images/linked.png, alt: {ko: a, en: a}, credit: a}\n"
    small.city("alpha", small.text("alpha") + image)
    small.city("beta", small.text("beta").replace("This city", "Their \x1b]0;title\x07 city"))
    with knocked() as (port, knocks):
        templates = small.own("templates")
        page = templates / "profile.html"
        page.write_text(
            page.read_text("utf-8").replace(
                "<article>",
                f'<article><img src="http://127.0.0.1:{port}/a.png">'
                f'<a rel="attachment" href="file:///etc/passwd">a</a>'
                "{% autoescape false %}{{ city.id }}{% endautoescape %}"
                '<script>app.alert(1)</script>{{ "".__class__.__mro__ }}',
            ), "utf-8",
        )  # fmt: skip
        (templates / "evil.css").symlink_to(home / "documents" / "thesis.txt")
        done = run("build", small.root, "--jobs", 2)
    assert done.returncode == 3
    assert knocks == []
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert SECRET not in said
    assert "\x1b" not in said
    assert "\x07" not in said
    for told in (
        "an address outside the workspace: http://127.0.0.1", "the element <script>",
        "autoescape is changed", "an attachment", "evil.css: error: a link that leaves",
    ):  # fmt: skip
        assert told in said, told
    assert not list((small.root / "build").rglob("*.pdf"))
    # The records, once the templates are those that reportgen ships.
    shutil.rmtree(templates)
    done = run("build", small.root, "--jobs", 2)
    assert done.returncode == 3
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert SECRET not in said
    assert "\x1b" not in said
    for name in ("linked", "huge", "run", "bomb", "pipe", "alpha", "beta"):
        assert f"report/cities/{name}.yaml" in said, name
    assert not list((small.root / "build").rglob("*.pdf"))
    assert snapshot(tmp_path / "home") == before


def test_a_manifest_of_products_names_nothing_outside(small: Small, run: Run, home: Path) -> None:
    before = snapshot(home)
    assert run("build", small.root).returncode == 0
    path = small.root / "build" / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    for entry in manifest["products"]:
        entry["path"] = f"../../home/documents/{Path(entry['path']).name}"
    path.write_text(json.dumps(manifest))
    done = run("build", small.root)
    assert done.returncode == 6
    assert "no manifest of reportgen" in done.stderr
    assert snapshot(home) == before


@pytest.mark.parametrize("name", ["a\0", "a\0/b", "\ud800", "\ud800/b"])
@pytest.mark.parametrize("top", ["report", "templates"])
def test_what_no_file_can_be_called_is_no_file(small: Small, top: str, name: str) -> None:
    with pytest.raises(InputError, match="not a file of the workspace"):
        Workspace(small.root).path(f"{top}/{name}")


def test_a_state_of_inputs_that_no_file_can_be_called_is_told(small: Small, run: Run) -> None:
    """Sealed, as by a version of ours that had been misled."""
    product = ["screen/en/alpha", "screen/en/alpha.pdf", "A", 1, 9, "0", "", []]
    told = {
        "templates": "", "records": {}, "complete": [], "editions": [],
        "files": [["report/a\0/b", "0"], ["report/\ud800/b", "0"]],
        "entries": [[product, "0", [0, 1], [], "", None, None]],
    }  # fmt: skip
    content = json.dumps(told).encode()
    (small.root / "build").mkdir()
    sealed = seals.of(seals.key(), state._KIND, content).encode() + b"\n" + content
    (small.root / "build" / state.NAME).write_bytes(sealed)
    done = run("status", small.root)
    assert done.returncode == 0, done.stderr
    assert "report/a\ufffd/b is gone" in done.stdout


def test_the_key_is_for_its_user_alone(small: Small, run: Run, tmp_path: Path) -> None:
    state = tmp_path / "own"
    assert run("build", small.root, env={"XDG_STATE_HOME": str(state)}).returncode == 0
    key = state / "reportgen" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = key.read_bytes()
    for path in small.root.rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes()
    # Where no folder can be had nothing is believed, and everything is made.
    env = {"HOME": "/dev/null/none", "XDG_STATE_HOME": "/dev/null/none"}
    done = run("build", small.root, "--why", env=env)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the maker is not known") == 4
