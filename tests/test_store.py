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
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from conftest import CITY, ROOT, Run, Small
from reportgen.errors import LockedError
from reportgen.model import Fragment
from reportgen.store import Store, key

WORDS = ["강", "바다", "산", "도시", "항구", "시장", "다리", "광장", "공원", "거리", "역사", "학교"]


def products(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.pdf")}


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
        for p in store.glob("??/*")
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
    # The page in Korean is not set again, but its file carries the record.
    products = ("screen/en/beta.pdf", "screen/ko/beta.pdf")
    assert why(run, built) == dict.fromkeys(products, "report/cities/beta.yaml changed")
    after = entries(built)
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()
    assert run("status", built.root).stdout.count(": current") == 4


def test_a_changed_template_makes_all_products(built: Small, run: Run) -> None:
    styles = built.own("templates") / "base.css"
    assert why(run, built) == {}
    styles.write_text(styles.read_text(encoding="utf-8").replace("9.6pt", "9.7pt"), "utf-8")
    reason = "templates/base.css changed"
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
    path = built.root / "build" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for entry in manifest["products"]:
        entry["inputs"]["engine"] = "weasyprint 1.0"
        entry["key"] = "0"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert set(why(run, built).values()) == {"engine is another version"}


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


def test_an_entry_of_another_section_gives_no_product(built: Small, run: Run) -> None:
    """A store that was tampered with: the fragment's own identity betrays it."""
    paths = sorted((built.root / ".reportgen").glob("??/*"))
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    shutil.rmtree(built.root / "build")
    done = run("build", built.root, "--jobs", 1)
    assert done.returncode == 4
    assert done.stderr.count("the fragment is that of screen/") == 4
    assert not list((built.root / "build").rglob("*.pdf"))


def test_clean_empties_the_store_and_leaves_the_products(built: Small, run: Run) -> None:
    done = run("clean", built.root)
    assert done.returncode == 0
    assert done.stdout.startswith("6 fragments removed, ")
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
    for n, name in enumerate(keys):
        fragment = Fragment(
            "screen/ko/a", (), ("<<>>",), {0: bytes(10_000)}, (), (), (), (), {}, {}, {}, {}, {}, {}
        )
        store.put(name, fragment)
        os.utime(store.root / name[:2] / name, (n, n))
    assert store.get(keys[0], str) is not None
    with store.shared():
        pass
    found = [n for n, name in enumerate(keys) if store.get(name, str)]
    assert found == [0, 4]


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
    for number in range(6):
        name = f"c{number}"
        city = CITY.format(id=name, display=name.upper(), ko="도시", en=name.title())
        small.city(name, city)
    assert run("build", small.root, "-q").returncode == 0
    out = small.root / "build"
    started = time.monotonic()
    assert run("build", small.root, "-q", "--store", small.root / "x", "--out", out).returncode == 0
    whole = 2.0
    killed = 0
    for turn in range(50):
        name = f"c{turn % 6}"
        text = small.text(name)
        small.city(name, text.replace("시험을", f"{chance.choice(WORDS)} 시험을", 1))
        process = subprocess.Popen(
            [sys.executable, "-m", "reportgen", "build", str(small.root), "-q", "--jobs", "1"],
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.1, whole))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        else:
            whole = 0.9 * whole  # kills should fall into the build, and late in it
        process.wait()
        true(out)
    assert killed >= 20
    assert time.monotonic() > started
    done = run("build", small.root, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert "complete" in true(out)
    assert not list(out.rglob("*.part"))
    clean = small.root / "clean"
    done = run("build", small.root, "--out", clean, "--store", small.root / "empty")
    assert done.returncode == 0
    assert products(clean) == products(out)


# Clean and incremental give the same bytes.


def test_random_edits_give_the_bytes_of_a_clean_build(small: Small, run: Run) -> None:
    chance = random.Random(2022)
    names = ["alpha", "beta"]
    for turn in range(20):
        action = chance.choice(("edit", "edit", "add", "remove", "rename"))
        name = chance.choice(names)
        if action == "edit":
            words = " ".join(chance.choices(WORDS, k=8))
            small.city(name, small.text(name).replace("이 도시는", f"{words} 이 도시는", 1))
        elif action == "add":
            new = f"n{turn}"
            names.append(new)
            small.city(new, CITY.format(id=new, display=new.upper(), ko="새", en=new.title()))
        elif len(names) > 1:
            path = small.root / "report" / "cities" / f"{name}.yaml"
            names.remove(name)
            if action == "rename":
                new = f"r{turn}"
                names.append(new)
                small.city(new, small.text(name).replace(f"id: {name}", f"id: {new}"))
            path.unlink()
        if turn % 2:
            done = run("build", small.root, "-q", "--jobs", 1 + turn % 3)
            assert done.returncode == 0, done.stderr
    assert run("build", small.root, "-q").returncode == 0
    clean = small.root / "clean"
    done = run("build", small.root, "-q", "--out", clean, "--store", small.root / "empty")
    assert done.returncode == 0
    assert products(clean) == products(small.root / "build")
    manifests = [
        (folder / "manifest.json").read_text("utf-8") for folder in (clean, small.root / "build")
    ]
    assert manifests[0] == manifests[1]
    assert (ROOT / "src").is_dir()
