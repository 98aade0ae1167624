#!/bin/sh
# Set up what reportgen needs, and only what is missing:
#   scripts/setup.sh          system libraries, .venv with the command
#   scripts/setup.sh --dev    and what the tests need
set -eu
cd "$(dirname "$0")/.."
lock=requirements.lock
[ "${1:-}" = --dev ] && lock=requirements-dev.lock

say() { printf 'setup: %s\n' "$*" >&2; }
suits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if suits "$candidate"; then echo "$candidate"; return; fi
    done
}
has_library() {
    for ldconfig in ldconfig /sbin/ldconfig; do
        if "$ldconfig" -p 2>/dev/null | grep -qF "$1"; then return 0; fi
    done
    return 1
}

missing=
has_library libpango-1.0.so.0 || missing="$missing libpango-1.0-0"
has_library libpangoft2-1.0.so.0 || missing="$missing libpangoft2-1.0-0"
has_library libharfbuzz-subset.so.0 || missing="$missing libharfbuzz-subset0"
if [ "$lock" = requirements-dev.lock ]; then
    # Readers of PDF that the tests ask what a product says.
    command -v pdftotext >/dev/null || missing="$missing poppler-utils"
    command -v mutool >/dev/null || missing="$missing mupdf-tools"
    command -v npm >/dev/null || missing="$missing nodejs npm"
    # What the engine's own tests draw with.
    command -v gs >/dev/null || missing="$missing ghostscript"
    [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing="$missing fonts-dejavu-core"
fi
if [ -z "$(find_python)" ]; then
    if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        missing="$missing python3-venv"
    else
        missing="$missing python3.11 python3.11-venv"
    fi
fi
if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null; then
        say "missing:$missing"
        say "install them (these are Debian's names) with this system's package manager"
        exit 1
    elif [ "$(id -u)" = 0 ]; then
        root=
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        root=sudo
    else
        say "these packages are missing, and you may not install them:$missing"
        say "ask an administrator to run: apt-get install$missing"
        exit 1
    fi
    say "installing$missing"
    $root apt-get update -qq >&2
    # shellcheck disable=SC2086 # a list of package names
    DEBIAN_FRONTEND=noninteractive $root apt-get install -qq -y --no-install-recommends $missing >&2
fi

python=$(find_python)
if [ -z "$python" ]; then say "no Python 3.11 or newer with venv was found"; exit 1; fi
if ! suits .venv/bin/python; then
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi
say "installing $lock"
.venv/bin/python -m pip --disable-pip-version-check install -q --require-hashes -r "$lock" >&2
.venv/bin/python -m pip --disable-pip-version-check install -q --no-deps --no-build-isolation \
    --editable . >&2
if [ "$lock" = requirements-dev.lock ]; then
    # Few machines have a Java; where one is, the tests judge with veraPDF too.
    if command -v javac >/dev/null && [ -e /usr/share/java/jaxb-runtime.jar ]; then
        say "installing veraPDF"
        scripts/verapdf.sh --ready >&2
    fi
    say "installing pdf.js"
    mkdir -p .venv/readers
    cp tests/readers/package.json tests/readers/package-lock.json .venv/readers/
    npm ci --prefix .venv/readers --omit=optional --ignore-scripts --no-audit --no-fund --silent >&2
    say "fetching the engine's own tests"
    .venv/bin/python -m pip --disable-pip-version-check download -q --no-deps --require-hashes \
        --no-binary weasyprint -r tests/engine/source.txt -d .venv/engine-source >&2
fi
touch ".venv/$lock"
