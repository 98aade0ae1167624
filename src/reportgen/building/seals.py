"""Seals: what this user's own reportgen wrote, told from what came along with a workspace.

A seal is a keyed hash (BLAKE2, RFC 7693, 2.9). Whoever lacks the key can damage what is sealed,
which is then made anew, and cannot make it say something else. The key is a file of the user's, or
what the environment names, where several users or machines share a store.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from reportgen.core.errors import UsageError

KEY, KEY_FILE = "REPORTGEN_KEY", "REPORTGEN_KEY_FILE"
"""The variables of the environment that give a key, or name the file of one."""
SHORTEST = 16
"""Bytes that a key must have."""
SIZE = 32
"""Bytes of a seal, and of a key that is made here."""
LONGEST = 4096
"""Bytes of a key's file that are read."""


class Seal(Protocol):
    """A keyed hash that is being made."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Add to what is sealed."""

    def hexdigest(self) -> str:
        """Return the seal, in hexadecimal."""


def new(key: bytes, kind: bytes) -> Seal:
    """Return a seal to be made with a key; `kind` says of what, so that no other fits."""
    return hashlib.blake2b(kind, key=key, digest_size=SIZE, person=b"reportgen")


def of(key: bytes, kind: bytes, content: bytes) -> str:
    """Return the seal of some bytes."""
    seal = new(key, kind)
    seal.update(content)
    return seal.hexdigest()


def key(*, made: bool = True) -> bytes:
    """Return the key of this user, which is `made` when it is first asked for.

    Where no folder for it can be had, it is a new one each time, so nothing is believed. Raises
    UsageError for a key of the environment that is none.
    """
    if said := os.environ.get(KEY):
        return _hashed(said.encode(), KEY)
    if name := os.environ.get(KEY_FILE):
        return _hashed(_read(Path(name), KEY_FILE), KEY_FILE)
    with suppress(OSError, RuntimeError):
        path = _state() / "key"
        if made and not path.exists():
            _make(path)
        if path.exists():
            return _hashed(_read(path, str(path)), str(path))
    return os.urandom(SIZE)


def _state() -> Path:
    """Return the folder of what reportgen keeps for a user (XDG Base Directory 0.8)."""
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = given if given.is_absolute() else Path.home() / ".local" / "state"
    return base / "reportgen"


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; one that another process has made meanwhile stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{os.urandom(8).hex()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(SIZE))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def _read(path: Path, told: str) -> bytes:
    """Return a key's file, which nobody else may read or have made."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise UsageError(f"{told}: {path}: {error.strerror}", remedy="name a file") from error
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_uid not in {0, os.geteuid()}:
            raise UsageError(
                f"{told}: {path}: not a file of this user", remedy="let the user own it"
            )
        if status.st_mode & 0o077:
            mode = stat.S_IMODE(status.st_mode)
            raise UsageError(
                f"{told}: {path}: others may use it (mode {mode:o})",
                remedy=f"chmod 600 {path}",
            )
        return file.read(LONGEST)


def _hashed(said: bytes, told: str) -> bytes:
    if len(said) < SHORTEST:
        raise UsageError(
            f"{told}: a key of {len(said)} bytes, expected {SHORTEST} or more",
            remedy="make one: head -c 32 /dev/urandom | base64",
        )
    return hashlib.sha256(said).digest()
