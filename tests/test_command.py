"""The command as its users meet it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT, Run, Small
from reportgen import __version__


def test_build_makes_one_file_per_city_and_language(small: Small, run: Run) -> None:
    result = run("build", cwd=small.root)
    assert result.returncode == 0, result.stderr
    found = sorted(str(p.relative_to(small.root)) for p in small.root.glob("build/**/*.pdf"))
    assert found == [
        f"build/screen/{language}/{city}.pdf"
        for language in ("en", "ko")
        for city in ("alpha", "beta")
    ]
    assert re.fullmatch(r"4 files, 4 pages, 0\.\d MB in \d+\.\d s → build\n", result.stdout)
    assert "[4/4] screen/" in result.stderr


def test_choices_narrow_the_build(small: Small, run: Run) -> None:
    result = run("build", small.root, "--city", "beta", "--lang", "en", "--jobs", 1)
    assert result.returncode == 0
    assert [p.name for p in small.root.glob("build/**/*.pdf")] == ["beta.pdf"]
    entries = json.loads((small.root / "build" / "manifest.json").read_text())["products"]
    assert [e["path"] for e in entries] == ["screen/en/beta.pdf"]
    run("build", small.root, "--city", "alpha", "--lang", "ko", "--jobs", 1)
    entries = json.loads((small.root / "build" / "manifest.json").read_text())["products"]
    assert [e["path"] for e in entries] == ["screen/en/beta.pdf", "screen/ko/alpha.pdf"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--city", "alhpa"), "no city 'alhpa'"),
        (("--lang", "fr"), "no language 'fr'"),
        (("--edition", "scren"), "no edition 'scren'"),
        (("--jobs", "0"), "--jobs"),
        (("--qiet",), "--qiet"),
        (("-q", "-v"), "exclude each other"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    small: Small, run: Run, arguments: tuple[str, ...], message: str
) -> None:
    result = run("build", small.root, *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""
    if "--city" in arguments:
        assert "did you mean 'alpha'?" in result.stderr


def test_quiet_says_nothing_and_verbose_names_products(small: Small, run: Run) -> None:
    quiet = run("build", small.root, "--quiet", "--jobs", 1)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    (small.root / "build" / "screen" / "ko" / "alpha.pdf").unlink()
    verbose = run("build", small.root, "--verbose", "--jobs", 1)
    assert "screen/ko/alpha" in verbose.stderr


def test_json_is_the_only_thing_on_standard_output(small: Small, run: Run) -> None:
    small.city("beta", small.text("beta").replace("about:", "abuot:"))
    result = run("build", small.root, "--json", "--jobs", 1)
    assert result.returncode == 4
    outcome = json.loads(result.stdout)
    assert [p["path"] for p in outcome["products"]] == [
        "screen/en/alpha.pdf",
        "screen/ko/alpha.pdf",
    ]
    assert {(p["file"], p["line"]) for p in outcome["problems"]} >= {("report/cities/beta.yaml", 6)}
    assert any(p["remedy"] == "did you mean 'about'?" for p in outcome["problems"])


def test_one_bad_record_does_not_stop_the_others_and_is_named_at_the_end(
    small: Small, run: Run
) -> None:
    small.city("beta", small.text("beta").replace("country:", "contry:"))
    result = run("build", small.root, "--jobs", 1)
    assert result.returncode == 4
    assert result.stderr.rstrip().endswith("not made: beta")
    assert (small.root / "build" / "screen" / "ko" / "alpha.pdf").is_file()
    assert "report/cities/beta.yaml:3:1: error: unknown key 'contry'" in result.stderr
    assert " 3 | contry: {formal" in result.stderr
    assert "   | ^^^^^^\n" in result.stderr
    assert "did you mean 'country'?" in result.stderr
    assert run("build", small.root, "--city", "beta", "--jobs", 1).returncode == 3
    assert run("build", small.root, "--city", "alpha", "--jobs", 1).returncode == 0


def test_a_failed_record_keeps_its_old_product(small: Small, run: Run) -> None:
    assert run("build", small.root, "--jobs", 1).returncode == 0
    product = small.root / "build" / "screen" / "ko" / "beta.pdf"
    before = product.read_bytes()
    small.city("beta", small.text("beta").replace("about:", "abuot:"))
    assert run("build", small.root, "--jobs", 1).returncode == 4
    assert product.read_bytes() == before
    entries = json.loads((small.root / "build" / "manifest.json").read_text())["products"]
    assert "screen/ko/beta.pdf" in {e["path"] for e in entries}


def test_no_workspace_is_told_with_what_to_do(tmp_path: Path, run: Run) -> None:
    result = run("build", tmp_path)
    assert result.returncode == 3
    assert "no workspace, report/report.yaml is missing" in result.stderr
    assert "reportgen init" in result.stderr


def test_list_shows_the_order_of_the_book(run: Run) -> None:
    result = run("list", ROOT)
    assert result.returncode == 0
    rows = result.stdout.splitlines()
    assert len(rows) == 31
    assert rows[0].split() == [
        "amsterdam",
        "암스테르담",
        "ko,",
        "en",
        *["THE", "KINGDOM", "OF", "THE", "NETHERLANDS"],
    ]
    assert rows[-1].startswith("vienna")
    listed = json.loads(run("list", ROOT, "--json").stdout)
    assert listed[23]["name"] == "Shanghai"


def test_schema_doctor_version_and_help(run: Run) -> None:
    assert json.loads(run("schema", "report").stdout)["title"] == "Report"
    assert json.loads(run("schema").stdout)["title"] == "City"
    assert run("schema", "country").returncode == 2
    doctor = run("doctor", ROOT)
    assert doctor.returncode == 0, doctor.stdout
    assert "Noto Sans CJK KR 400" in doctor.stdout
    assert "weasyprint 70.0" in doctor.stdout
    assert run("--version").stdout == f"reportgen {__version__}\n"
    helped = run("build", "--help").stdout
    for option in (
        "--city",
        "--lang",
        "--edition",
        "--jobs",
        "--out",
        "--quiet",
        "--verbose",
        "--json",
    ):
        assert option in helped


def test_doctor_names_what_is_missing_and_the_command_that_installs_it(
    small: Small, run: Run
) -> None:
    fonts = small.own("fonts")
    (fonts / "NotoSansCJKkr-Bold.otf").unlink()
    result = run("doctor", small.root)
    assert result.returncode == 3
    assert "BAD" in result.stdout
    assert "fonts/NotoSansCJKkr-Bold.otf" in result.stdout


def test_doctor_works_where_the_engine_cannot_be_loaded(tmp_path: Path) -> None:
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text(
        "import ctypes.util\nreal = ctypes.util.find_library\n"
        "ctypes.util.find_library = lambda n: None if 'pango' in n else real(n)\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "reportgen", "doctor", str(ROOT)], check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 3
    assert "apt-get install libpango-1.0-0" in result.stdout
    assert "apt-get install libpangoft2-1.0-0" in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete(shell: str, run: Run) -> None:
    shown = run("completion", shell)
    assert shown.returncode == 0
    assert f"_REPORTGEN_COMPLETE={shell}_complete" in shown.stdout


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    script = (
        "source <(reportgen completion bash)\n"
        "COMP_WORDS=(reportgen $1 $2) COMP_CWORD=$#\n"
        "_reportgen_completion reportgen\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    def completed(*words: str) -> str:
        result = subprocess.run(
            ["bash", "-c", script, "bash", *words], check=True, cwd=tmp_path,
            env={**os.environ, "PATH": path}, capture_output=True, text=True,
        )  # fmt: skip
        return result.stdout.splitlines()[-1]

    assert completed("st") == "status"
    assert completed("build", "--al") == "--allow-missing"


def test_init_starts_a_workspace_that_builds(tmp_path: Path, run: Run) -> None:
    assert run("init", tmp_path / "new").returncode == 0
    result = run("build", tmp_path / "new", "--jobs", 1)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "new" / "build" / "screen" / "en" / "example-city.pdf").is_file()
    again = run("init", tmp_path / "new")
    assert again.returncode == 6
    assert "is there already" in again.stderr


def test_a_terminal_sees_a_progress_bar(small: Small) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reportgen", "build", str(small.root), "--jobs", "1"],
        stdout=subprocess.PIPE, stderr=follower,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "90"},
    )  # fmt: skip
    os.close(follower)
    shown = b""
    while True:
        ready, _, _ = select.select([leader], [], [], 120)
        try:
            piece = os.read(leader, 65536) if ready else b""
        except OSError:
            break
        if not piece:
            break
        shown += piece
    output, _ = process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 0
    assert "4/4" in shown.decode()
    assert "━" in shown.decode()
    assert output.decode().startswith("4 files, 4 pages")


def test_a_closed_pipe_is_no_internal_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "reportgen", "schema"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    problems = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(30) in {0, 6}
    assert "Traceback" not in problems


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_templates_and_fonts_and_works_alone(
    wheel: Path, small: Small, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "reportgen/data/templates/profile.html" in names
    assert "reportgen/data/fonts/NotoSansCJKkr-Regular.otf" in names
    assert any(name.endswith("licenses/fonts/OFL.txt") for name in names)
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    site = next((home / "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Its dependencies come from this environment, reportgen itself from the wheel alone.
    ours = next(p for p in map(Path, sys.path) if (p / "weasyprint").is_dir())
    for package in ours.iterdir():
        if "reportgen" not in package.name and not (site / package.name).exists():
            (site / package.name).symlink_to(package)
    result = subprocess.run(
        [home / "bin" / "python", "-c",
         "import reportgen; print(reportgen.__file__); import reportgen.__main__ as m; m.main()",
         "build", small.root, "-q"],
        capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )  # fmt: skip
    assert str(site) in result.stdout
    assert result.returncode == 0, result.stderr
    assert len(list(small.root.glob("build/screen/*/*.pdf"))) == 4


def test_a_fault_of_a_template_is_told_once_for_all_its_pages(small: Small, run: Run) -> None:
    profile = small.own("templates") / "profile.html"
    profile.write_text(profile.read_text("utf-8").replace("city.region", "city.regoin"), "utf-8")
    result = run("build", small.root, "--jobs", 1)
    assert result.returncode == 3
    assert result.stderr.count("error:") == 1
    assert "has no 'regoin'" in result.stderr
    assert "1 problem\n" in result.stderr
    assert "not made: screen/ko/alpha, screen/ko/beta, screen/en/alpha" in result.stderr


def test_a_killed_worker_fails_its_sections_and_leaves_old_products(small: Small, run: Run) -> None:
    assert run("build", small.root, "--jobs", 2).returncode == 0
    before = {p: p.read_bytes() for p in small.root.glob("build/screen/*/*.pdf")}
    for city in ("alpha", "beta"):
        text = small.text(city).replace("fictional", "wholly fictional")
        small.city(city, text.replace("가상의", "온전히 가상의"))
    # The first worker that sets a page kills itself, as the system does when memory is out.
    killer = (
        "import os, signal, sys\nimport reportgen.press as press\nold = press.Press.set\n"
        "def kill(self, markup):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "press.Press.set = kill\n"
    )
    (small.root / "sitecustomize.py").write_text(
        "import os, sys\nif 'forkserver' in ' '.join(sys.orig_argv):\n"
        "    os.environ['FONTCONFIG_FILE'] = os.environ.get('FONTCONFIG_FILE', '/dev/null')\n"
        + "".join(f"    {line}\n" for line in killer.splitlines())
    )
    result = run("build", small.root, "--jobs", 2, env={"PYTHONPATH": str(small.root)})
    assert result.returncode == 3  # nothing was made
    assert "was killed" in result.stderr
    assert {p: p.read_bytes() for p in small.root.glob("build/screen/*/*.pdf")} == before
    assert run("build", small.root, "--jobs", 2).returncode == 0
    after = {p: p.read_bytes() for p in small.root.glob("build/screen/*/*.pdf")}
    assert after != before
