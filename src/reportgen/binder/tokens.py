"""What the tokens in a fragment's objects stand for, in the file that they are written to."""

from __future__ import annotations

from collections.abc import Callable


class Meaning(dict[str, str]):
    """What tokens stand for; each is worked out once."""

    def __init__(self, find: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, token: str) -> str:
        found = self[token] = self._find(token)
        return found


def resolved(content: str, meaning: Meaning) -> str:
    """Return PDF with what its tokens stand for."""
    parts = content.split("\x00")
    parts[1::2] = [meaning[token] for token in parts[1::2]]
    return "".join(parts)


def objects_in(content: str) -> list[int]:
    """Return the objects that PDF with tokens refers to."""
    return [int(token[1:]) for token in content.split("\x00")[1::2] if token[0] == "o"]
