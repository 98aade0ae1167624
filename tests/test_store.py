"""What is made anew and what is left alone: the store, the reasons, kills, random edits."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from conftest import Run, Small, products, state_of
from reportgen.building import seals, state
from reportgen.building.output import Output
from reportgen.building.store import Store, key
from reportgen.core.errors import LockedError
from reportgen.core.fragments import Fragment
from reportgen.records.workspace import Workspace

WORDS = ["강", "바다", "산", "도시", "항구", "시장", "다리", "광장", "공원", "거리", "역사", "학교"]


def true(out: Path) -> dict[str, Any]:
    """Check that the manifest is true of the folder, also in the middle of a commit."""
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["products"]:
        digest = hashlib.sha256((out / entry["path"]).read_bytes()).hexdigest()
        assert digest in {entry["sha256"], entry.get("next")}
    return manifest


def entries(small: Small) -> dict[str, tuple[int, bytes]]:
    store = small.root / ".reportgen"
    return {
        p.relative_to(store).as_posix(): (p.stat().st_ino, p.read_bytes())
        for p in store.glob("??/[0-9a-f]*")
    }


def why(run: Run, small: Small, *options: str) -> dict[str, str]:
    """Build and return why each product was made."""
    done = run("build", small.root, "--jobs", 1, "--why", *options)
    assert done.returncode == 0, done.stderr
    lines = [line.partition(": ") for line in done.stderr.splitlines()]
    return {path: reason for path, _, reason in lines if path.endswith(".pdf")}


@pytest.fixture
def built(small: Small, run: Run) -> Small:
    assert run("build", small.root, "-q", "--jobs", 1).returncode == 0
    return small


# Nothing changed.


def test_a_build_without_a_change_reads_no_record_and_loads_no_engine(built: Small) -> None:
    before = {p: p.stat().st_mtime_ns for p in (built.root / "build").rglob("*")}
    script = (
        "import sys\n"
        "from reportgen.cli import run\n"
        "assert run(['build', sys.argv[1], '--jobs', '2']) == 0\n"
        "for name in ('weasyprint', 'pydyf', 'pikepdf', 'yaml.cyaml.CParser'):\n"
        "    assert name not in sys.modules, name\n"
        "import multiprocessing.forkserver as server\n"
        "assert server._forkserver._forkserver_pid is None\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(built.root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 files, 4 pages")
    assert {p: p.stat().st_mtime_ns for p in (built.root / "build").rglob("*")} == before


def test_the_status_of_what_is_current(built: Small, run: Run) -> None:
    done = run("status", built.root)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"screen/{language}/{city}.pdf: current"
        for language in ("en", "ko")
        for city in ("alpha", "beta")
    ]
    assert set(json.loads(run("status", built.root, "--json").stdout)) == set(
        products(built.root / "build")
    )


def test_the_status_of_what_is_not_built(small: Small, run: Run) -> None:
    done = run("status", small.root)
    assert done.returncode == 2
    assert "nothing is built yet" in done.stderr


# Something changed, and exactly that is made anew.


def test_a_changed_record_makes_its_products_and_no_others(built: Small, run: Run) -> None:
    before = entries(built)
    built.city("beta", built.text("beta").replace("serves as a test", "is a test"))
    lines = run("status", built.root).stdout.splitlines()
    assert lines[0] == "screen/en/alpha.pdf: current"
    assert lines[1] == "screen/en/beta.pdf: report/cities/beta.yaml changed"
    # The Korean file carries the record too; its page is not set again.
    assert why(run, built) == {
        f"screen/{language}/beta.pdf": "report/cities/beta.yaml changed"
        for language in ("en", "ko")
    }
    after = entries(built)
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()
    assert run("status", built.root).stdout.count(": current") == 4


def test_a_changed_template_makes_all_products(built: Small, run: Run) -> None:
    styles = built.own("templates") / "tokens.css"
    assert why(run, built) == {}
    styles.write_text(styles.read_text(encoding="utf-8").replace("9.6pt", "9.7pt"), "utf-8")
    reason = "templates/tokens.css changed"
    assert why(run, built) == dict.fromkeys(products(built.root / "build"), reason)


def test_a_comment_in_a_template_makes_nothing(built: Small, run: Run) -> None:
    page = built.own("templates") / "profile.html"
    page.write_text("{#- A comment. -#}\n" + page.read_text(encoding="utf-8"), "utf-8")
    assert "templates/profile.html changed" in run("status", built.root).stdout
    assert why(run, built) == {}
    assert "changed" not in run("status", built.root).stdout


def test_a_changed_picture_makes_the_product_that_shows_it(small: Small, run: Run) -> None:
    images = small.root / "report" / "images"
    images.mkdir()
    Image.new("RGB", (40, 20), "red").save(images / "a.png")
    picture = "image: {path: images/a.png, alt: {ko: 그림, en: A picture}, credit: Somebody}\n"
    small.city("beta", small.text("beta") + picture)
    assert run("build", small.root, "-q", "--jobs", 1).returncode == 0
    Image.new("RGB", (40, 20), "blue").save(images / "a.png")
    reason = "report/images/a.png changed"
    expected = {f"screen/{language}/beta.pdf": reason for language in ("ko", "en")}
    assert why(run, small) == expected
    assert why(run, small) == {}


def test_another_version_makes_all_products(built: Small, run: Run) -> None:
    with closing(Output(built.root / "build")) as output:
        secret = seals.key()
        found = state.read(output, secret)
        old = {
            path: replace(entry, key="0", inputs={**entry.inputs, "engine": "weasyprint 1.0"})
            for path, entry in found.entries.items()
        }
        written = partial(state.written, replace(found, entries=old), secret)
        output.commit(list(output.products), beside={state.NAME: written})
    assert set(why(run, built).values()) == {"engine is another version"}


def test_a_state_that_somebody_else_wrote_is_not_believed(built: Small, run: Run) -> None:
    """It may say of any file that it is current, and of any template that it is harmless."""
    before = products(built.root / "build")
    path = built.root / "build" / state.NAME
    content = path.read_bytes()
    forged = before["screen/en/beta.pdf"]
    own = hashlib.sha256(before["screen/en/alpha.pdf"]).hexdigest().encode()
    (built.root / "build" / "screen/en/alpha.pdf").write_bytes(forged)
    assert content.count(own) == 1
    path.write_bytes(content.replace(own, hashlib.sha256(forged).hexdigest().encode()))
    # What was not asked for stays, and does not become ours by that.
    done = run("build", built.root, "--city", "beta", "--why")
    assert "the maker is not known to be this user's reportgen" in done.stderr
    assert (built.root / "build" / "screen/en/alpha.pdf").read_bytes() == forged
    assert run("build", built.root).returncode == 0
    assert products(built.root / "build") == before


def test_a_manifest_that_somebody_else_wrote_is_written_anew(built: Small, run: Run) -> None:
    path = built.root / "build" / "manifest.json"
    before = path.read_bytes()
    manifest = json.loads(before)
    manifest["products"][0]["title"] = "Another"
    path.write_text(json.dumps(manifest), "utf-8")
    assert "its title is" in run("verify", built.root / "build").stderr
    (built.root / "build" / manifest["products"][0]["path"]).write_bytes(b"damaged")
    assert run("build", built.root).returncode == 0
    assert path.read_bytes() == before


def test_another_user_builds_anew(built: Small, run: Run, tmp_path: Path) -> None:
    before = products(built.root / "build")
    other = {"XDG_STATE_HOME": str(tmp_path / "other")}
    done = run("build", built.root, "--why", env=other)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the maker is not known") == 4
    assert products(built.root / "build") == before
    assert (tmp_path / "other" / "reportgen" / "key").stat().st_mode & 0o777 == 0o600
    # With one key, two users share a store.
    shared = tmp_path / "shared"
    for number in (1, 2):
        env = {"XDG_STATE_HOME": str(tmp_path / f"u{number}"), "REPORTGEN_KEY": "a key of theirs 1"}
        done = run("build", built.root, "--store", shared, "--why", env=env)
        assert done.returncode == 0, done.stderr
        assert ("the maker" in done.stderr) == (number == 1)


@pytest.mark.parametrize(
    ("mode", "content", "said"),
    [(0o644, b"k" * 32, "others may use it (mode 644)"), (0o600, b"short", "a key of 5 bytes")],
)
def test_a_key_that_is_none_is_told(
    built: Small, run: Run, tmp_path: Path, mode: int, content: bytes, said: str
) -> None:
    key = tmp_path / "key"
    key.write_bytes(content)
    key.chmod(mode)
    done = run("build", built.root, env={"REPORTGEN_KEY_FILE": str(key)})
    assert done.returncode == 2
    assert said in done.stderr
    assert "REPORTGEN_KEY_FILE" in done.stderr


@pytest.mark.parametrize("damage", ["missing", "changed", "link"])
def test_a_product_that_is_not_what_was_made_is_made_again(
    built: Small, run: Run, damage: str
) -> None:
    path = built.root / "build" / "screen" / "ko" / "beta.pdf"
    content = path.read_bytes()
    path.unlink()
    if damage == "changed":
        path.write_bytes(content[:-1] + b"X")
    elif damage == "link":
        path.symlink_to("alpha.pdf")
        done = run("build", built.root, "--jobs", 1)
        assert done.returncode == 6
        assert "it is a link" in done.stderr
        return
    before = entries(built)
    assert why(run, built) == {"screen/ko/beta.pdf": "the file is missing, or is not what was made"}
    assert path.read_bytes() == content
    assert entries(built) == before


# The store.


def test_another_output_folder_is_filled_from_the_store(
    built: Small, run: Run, tmp_path: Path
) -> None:
    before = entries(built)
    done = run("build", built.root, "--out", tmp_path / "other")
    assert done.returncode == 0, done.stderr
    assert products(tmp_path / "other") == products(built.root / "build")
    assert entries(built) == before


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "gone"])
def test_a_damaged_entry_is_made_anew(built: Small, run: Run, tmp_path: Path, damage: str) -> None:
    before = entries(built)
    for path in (built.root / ".reportgen").glob("??/*"):
        content = path.read_bytes()
        if damage == "flipped":
            middle = len(content) // 2
            flipped = bytes([content[middle] ^ 1])
            path.write_bytes(content[:middle] + flipped + content[middle + 1 :])
        elif damage == "cut":
            path.write_bytes(content[:-1])
        elif damage == "emptied":
            path.write_bytes(b"")
        else:
            path.unlink()
    done = run("build", built.root, "--out", tmp_path / "other")
    assert done.returncode == 0, done.stderr
    assert products(tmp_path / "other") == products(built.root / "build")
    assert {k: v[1] for k, v in entries(built).items()} == {k: v[1] for k, v in before.items()}


def quires(small: Small) -> dict[Path, bytes]:
    found = {path: path.read_bytes() for path in (small.root / ".reportgen").glob("??/*")}
    return {p: content for p, content in found.items() if content.startswith(b"reportgen quire")}


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_quire_is_bound_anew(small: Small, run: Run, tmp_path: Path, damage: str) -> None:
    small.bind()
    assert run("build", small.root).returncode == 0
    kept = quires(small)
    assert len(kept) == 2  # one book a language, neither of them long
    for path, content in kept.items():
        middle = len(content) // 2
        if damage == "flipped":
            flipped = bytes([content[middle] ^ 1])
            path.write_bytes(content[:middle] + flipped + content[middle + 1 :])
        elif damage == "cut":
            path.write_bytes(content[:middle])
        else:
            path.unlink()
    done = run("build", small.root, "--out", tmp_path / "other")
    assert done.returncode == 0, done.stderr
    assert products(tmp_path / "other") == products(small.root / "build")
    assert quires(small) == kept


def test_the_quire_of_another_book_is_bound_anew(small: Small, run: Run) -> None:
    """An entry is sealed with its key, so that none stands for another."""
    small.bind()
    assert run("build", small.root).returncode == 0
    before, kept = products(small.root / "build"), quires(small)
    (one, first), (other, second) = kept.items()
    one.write_bytes(second)
    other.write_bytes(first)
    shutil.rmtree(small.root / "build")
    assert run("build", small.root, "--jobs", 1).returncode == 0
    assert products(small.root / "build") == before
    assert quires(small) == kept


def test_a_changed_picture_is_bound_into_the_book(small: Small, run: Run) -> None:
    """A quire that is kept says which pictures it shows."""
    small.bind()
    images = small.root / "report" / "images"
    images.mkdir()
    Image.new("RGB", (40, 20), "red").save(images / "a.png")
    picture = "image: {path: images/a.png, alt: {ko: 그림, en: A picture}, credit: Somebody}\n"
    small.city("beta", small.text("beta") + picture)
    assert run("build", small.root).returncode == 0
    before = products(small.root / "build")
    Image.new("RGB", (40, 20), "blue").save(images / "a.png")
    assert run("build", small.root).returncode == 0
    after = products(small.root / "build")
    assert {path for path in after if after[path] != before[path]} == {
        f"screen/{language}/{name}.pdf" for language in ("ko", "en") for name in ("beta", "report")
    }
    shutil.rmtree(small.root / ".reportgen")
    shutil.rmtree(small.root / "build")
    assert run("build", small.root).returncode == 0
    assert products(small.root / "build") == after


def test_an_entry_of_another_section_is_made_anew(built: Small, run: Run) -> None:
    before, kept = products(built.root / "build"), entries(built)
    paths = sorted((built.root / ".reportgen").glob("??/*"))
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    shutil.rmtree(built.root / "build")
    assert run("build", built.root, "--jobs", 1).returncode == 0
    assert products(built.root / "build") == before
    assert {name: content for name, (_, content) in entries(built).items()} == {
        name: content for name, (_, content) in kept.items()
    }


def test_clean_empties_the_store_and_leaves_the_products(built: Small, run: Run) -> None:
    done = run("clean", built.root)
    assert done.returncode == 0
    assert done.stdout.startswith("6 entries removed, ")
    assert entries(built) == {}
    assert why(run, built) == {}


def test_clean_leaves_a_store_alone_that_a_build_uses(built: Small, run: Run) -> None:
    with (built.root / ".reportgen" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        done = run("clean", built.root)
        assert done.returncode == 7
        assert "a build uses the store" in done.stderr
        assert len(entries(built)) == 6
        with pytest.raises(LockedError):
            Store(built.root / ".reportgen").clear()


def test_the_store_keeps_to_its_limit_and_drops_what_was_used_longest_ago(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", limit=25_000)
    keys = [key({"n": n}) for n in range(5)]
    for n, made in enumerate(keys):
        fragment = Fragment(
            "screen/ko/a", (), ("<<>>",), {0: bytes(10_000)}, (), (), (), (), {}, {}, {}, {}, {}, {}
        )
        store.put(made, fragment)
        name = store.name(made)
        os.utime(store.root / name[:2] / name, (n, n))
    assert store.get(keys[0], str) is not None
    with store.shared():
        pass
    found = [n for n, made in enumerate(keys) if store.get(made, str)]
    assert found == [0, 4]


KEYS = """
import sys
from reportgen import __main__
from reportgen.building import store
put = store.Store.put
def told(self, key, entry):
    print(key)
    put(self, key, entry)
store.Store.put = told
sys.argv = ["reportgen", "build", sys.argv[1], "-q", "--jobs", "1"]
__main__.main()
"""


def test_users_with_different_keys_share_a_store_and_take_nothing_from_each_other(
    small: Small, run: Run
) -> None:
    """Each has entries of its own. One that found the other's in place of its own gave up."""
    small.bind()
    keys = [{"REPORTGEN_KEY": f"a key of a user, number {n}"} for n in range(2)]
    command = [sys.executable, "-m", "reportgen", "build", str(small.root), "-q", "--jobs", "2"]
    for turn in range(3):
        path = small.city("beta", small.text("beta").replace("Beta", f"Beta{turn}"))
        assert path.exists()
        both = [
            subprocess.Popen(
                [*command, "--out", str(small.root / f"out{n}")], stderr=subprocess.PIPE, text=True,
                env={**os.environ, **given},
            )
            for n, given in enumerate(keys)
        ]  # fmt: skip
        assert [(build.communicate(timeout=120)[1], build.returncode) for build in both] == [
            ("", 0), ("", 0),
        ]  # fmt: skip
        assert products(small.root / "out0") == products(small.root / "out1")
    for n, given in enumerate(keys):
        done = run("build", small.root, "--out", small.root / f"out{n}", "--why", env=given)
        assert done.stdout.count("\n") == 1, done.stdout  # nothing is made, for no reason


def test_the_gist_of_a_fragment_is_read_without_the_rest(small: Small) -> None:
    small.bind()
    done = subprocess.run(
        [sys.executable, "-c", KEYS, small.root], capture_output=True, text=True, check=True,
    )  # fmt: skip
    store = Store(small.root / ".reportgen")
    workspace = Workspace(small.root)
    seen = 0
    for made in done.stdout.split():
        fragment = store.get(made, workspace.digest)
        if fragment is None:
            continue  # a quire
        name = store.name(made)
        path = store.root / name[:2] / name
        gist = store.gist(made, workspace.digest)
        assert gist == fragment.gist
        assert [sheet.text for sheet in fragment.sheets] == list(gist.texts)
        seen += 1
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        assert store.gist(made, workspace.digest) is None
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert store.gist(made, workspace.digest) is None
    assert seen > 10


def test_a_store_that_cannot_be_made_is_told(small: Small, run: Run) -> None:
    (small.root / ".reportgen").write_text("in the way", encoding="utf-8")
    done = run("build", small.root, "--jobs", 1)
    assert done.returncode == 6
    assert ".reportgen: the store cannot be written" in done.stderr
    assert "--store" in done.stderr
    assert run("build", small.root, "--jobs", 1, "--store", small.root / "s").returncode == 0


# Kills, at any moment.


def test_a_build_killed_at_any_moment_leaves_the_truth_and_is_taken_up_again(
    small: Small, run: Run
) -> None:
    chance = random.Random(3)
    small.bind()
    names = [f"c{number}" for number in range(4)]
    for name in names:
        small.add(name)
    assert run("build", small.root, "-q", "--jobs", 1).returncode == 0
    out = small.root / "build"
    small.city("c0", small.text("c0").replace("가상의", "꾸민", 1))
    started = time.monotonic()
    assert run("build", small.root, "-q", "--jobs", 1).returncode == 0
    latest, killed, grown = time.monotonic() - started, 0, 0
    before = len(entries(small))
    for turn in range(50):
        name = names[turn % len(names)]
        small.city(name, small.text(name).replace("시험을", f"{chance.choice(WORDS)} 시험을", 1))
        old = sums(out)
        process = subprocess.Popen(
            [sys.executable, "-m", "reportgen", "build", str(small.root), "-q", "--jobs", "1"],
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.1, latest))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
            latest *= 1.04  # kills should fall into the whole of the build, however fast it is
        else:
            latest *= 0.9
        process.wait()
        manifest = true(out)
        assert old.keys() == sums(out).keys()
        assert {"screen/ko/report.pdf", "screen/en/report.pdf"} < old.keys()
        grown += len(entries(small)) > before
        before = len(entries(small))
        for entry in manifest["products"]:
            if sums(out)[entry["path"]] != old[entry["path"]]:
                assert whole(out / entry["path"])
    assert killed >= 20
    assert grown >= 1
    # The next build finds in the store what those that were killed had set.
    kept = entries(small)
    done = run("build", small.root, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert kept.items() <= entries(small).items()
    # Nothing is left of the faces of those that were killed.
    assert not list((small.root / ".reportgen").glob("??/.*"))
    true(out)
    assert state_of(out).complete == ("screen",)
    assert not list(out.rglob("*.part"))
    clean = small.root / "clean"
    done = run("build", small.root, "--out", clean, "--store", small.root / "empty")
    assert done.returncode == 0
    assert products(clean) == products(out)


def sums(out: Path) -> dict[str, str]:
    """Return the hash of every product of the folder."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in products(out).items()}


def whole(path: Path) -> bool:
    """Tell whether a product opens and has a text on its last page that has one."""
    with pypdfium2.PdfDocument(path) as document:
        return any(page.get_textpage().count_chars() for page in document)


def test_a_build_sets_only_what_the_killed_one_did_not(small: Small) -> None:
    """Whatever was in the store when the build was killed is not set again."""
    small.bind()
    for number in range(6):
        small.add(f"c{number}")
    process = subprocess.Popen(
        [sys.executable, "-m", "reportgen", "build", str(small.root), "-q", "--jobs", "1"],
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(entries(small)) < 8:
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = {name: inode for name, (inode, _) in entries(small).items()}
    assert not products(small.root / "build")
    done = subprocess.run(
        [sys.executable, "-c", COUNTING, str(small.root)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    now = {name: inode for name, (inode, _) in entries(small).items()}
    assert kept.items() <= now.items()
    again = {
        json.loads((small.root / ".reportgen" / name).read_bytes().split(b"\n")[2])["identity"]
        for name in kept
    }
    written = done.stdout.split()
    assert len(set(again)) == len(kept) >= 8
    assert not set(written) & again
    assert {f"screen/{language}/c{n}" for language in ("ko", "en") for n in range(6)} <= (
        set(written) | again
    )


# Prints the identity of each section that is set.
COUNTING = """
import sys
from reportgen import cli
from reportgen.building import store
kept = store.Store.put
def put(self, key, fragment):
    if hasattr(fragment, "identity"):
        print(fragment.identity, flush=True)
    kept(self, key, fragment)
store.Store.put = put
sys.exit(cli.run(["build", sys.argv[1], "-q", "--jobs", "1"]))
"""


# Clean and incremental give the same bytes.


class Editor:
    """Changes a workspace at random, as its writers do."""

    def __init__(self, small: Small, seed: int) -> None:
        self.small, self.chance = small, random.Random(seed)
        self.names = ["alpha", "beta"]
        self.count = 0

    def act(self, action: str) -> None:
        """Edit, grow, cite in, add, remove or rename the record of a city."""
        small, name = self.small, self.chance.choice(self.names)
        self.count += 1
        text = small.text(name)
        words = " ".join(self.chance.choices(WORDS, k=8))
        if action == "edit":
            small.city(name, text.replace("이 도시는", f"{words} 이 도시는", 1))
        elif action == "grow":  # by pages, which moves the numbers of those after it
            more = f"{'This city has a great deal to tell. ' * 150}".strip()
            old = "serves as a test."
            small.city(name, text.replace(old, f"serves as a test. {more}", 1))
        elif action == "find":  # in the matrix and in the chapter of the area
            if "findings:" not in text:
                text += "findings:\n"
            finding = f"text: {{ko: {words}, en: Found {self.count}.}}, source: a-source"
            kind = self.chance.choice(("leader", "strong", "mention"))
            small.city(name, f"{text}  - {{area: 1, kind: {kind}, {finding}}}\n")
        elif action == "add":
            self.names.append(f"n{self.count}")
            small.add(self.names[-1])
        elif len(self.names) > 1:
            path = small.root / "report" / "cities" / f"{name}.yaml"
            self.names.remove(name)
            if action == "rename":
                new = f"{self.chance.choice('amz')}{self.count}"
                self.names.append(new)
                text = text.replace(f"id: {name}", f"id: {new}")
                small.city(new, text.replace("en: ", f"en: {new.title()} ", 1))
            path.unlink()


# The command with quires of three pages and little room between them, so that small books
# have many; in one process, as workers would not know of it.
SMALL_QUIRES = """
import sys
from reportgen import binder, cli
from reportgen.binder import quire
quire.PAGES, binder.SPARE = 3, 64
sys.exit(cli.run(["build", *sys.argv[1:], "-q", "--jobs", "1"]))
"""


def test_random_edits_give_the_bytes_of_a_clean_build(small: Small) -> None:
    def build(*options: object) -> None:
        done = subprocess.run(
            [sys.executable, "-c", SMALL_QUIRES, str(small.root), *map(str, options)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    small.bind(
        "book: {front: [cover, contents, findings, cities], body: [areas, matrix, profiles], "
        "back: [sources, index, back-cover]}"
    )
    editor = Editor(small, 2022)
    actions = [a for a in ("edit", "grow", "find", "add", "add", "remove", "rename") for _ in "123"]
    editor.chance.shuffle(actions)
    checked = 0
    for turn, action in enumerate([*actions[:19], "edit"]):
        editor.act(action)
        if action in {"add", "remove"} and turn % 2:
            continue  # together with the next change
        build()
        if action not in {"edit", "rename"}:
            continue
        # An edit moves no page, so that only the text tells an old book from a new one.
        clean, checked = small.root / f"clean-{turn}", checked + 1
        build("--out", clean, "--store", clean / "store")
        made = products(small.root / "build")
        assert made.keys() == {
            f"screen/{language}/{name}.pdf"
            for language in ("ko", "en")
            for name in (*editor.names, "report")
        }
        assert products(clean) == made
        manifests = [(out / "manifest.json").read_text("utf-8")
                     for out in (clean, small.root / "build")]  # fmt: skip
        assert manifests[0] == manifests[1]
    assert checked >= 5
    assert len(quires(small)) > 50


def test_the_status_takes_no_lock_and_writes_nothing(built: Small, run: Run) -> None:
    out = built.root / "build"
    (out / ".alpha.pdf.999999.part").write_bytes(b"of a killed run")
    with closing(Output(out)):  # as a build has it
        (out / ".beta.pdf.999999.part").write_bytes(b"of another")
        before = {path: path.stat().st_mtime_ns for path in built.root.rglob("*")}
        done = run("status", built.root)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count(": current") == 4
        assert {path: path.stat().st_mtime_ns for path in built.root.rglob("*")} == before
