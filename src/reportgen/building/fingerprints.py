"""The keys of what is made: the hash of everything that goes into it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from reportgen import typefaces
from reportgen.building import uptodate
from reportgen.building.output import sha256
from reportgen.building.store import key as store_key
from reportgen.plan.values import Finish, Markup
from reportgen.records.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product to be: the key of all it is made from, and what it was composed from."""

    path: str
    key: str
    """The hash of everything that the product is made from but the pictures it reads."""
    inputs: dict[str, str]
    reads: dict[str, str] = field(default_factory=dict)
    """The pictures that were read while its pages were set, as far as that is known."""


class Keys:
    """The keys of what is made: the hash of everything that goes into it."""

    def __init__(
        self,
        workspace: Workspace,
        faces: typefaces.Typefaces,
        surroundings: dict[str, str] | None = None,
    ) -> None:
        """`surroundings` are inputs of files that are no files, beside the software."""
        self.workspace = workspace
        self._surroundings = surroundings or {}
        self.stylesheets = {
            name.removeprefix("templates/"): workspace.text(name)
            for name in workspace.names("templates", (".css",))
            if "/" not in name.removeprefix("templates/")
        }
        self._styles = {name: sha256(text.encode()) for name, text in self.stylesheets.items()}
        self._faces = {face.file: face.sha256 for face in faces.faces}
        self._fonts = (typefaces.MANIFEST, *(f"fonts/{face.file}" for face in faces.faces))
        self._software = uptodate.software()

    def fragment(self, composed: Markup) -> str:
        """Return the key of a section's fragment."""
        return store_key(
            {
                **self._software,
                "faces": self._faces,
                "styles": {name: self._style(name) for name in composed.styles},
                "identity": composed.identity,
                "resolution": composed.resolution,
                "html": sha256(composed.html.encode()),
                **self._colour(composed),
            }
        )

    def finish(self, finish: Finish) -> dict[str, object]:
        """Return what an edition asks of a file as plain values."""
        told = {f.name: getattr(finish, f.name) for f in fields(finish)}
        attached = [(a.name, sha256(a.content)) for a in finish.attached]
        return {**told, "attached": attached, "profile": self._digest(finish.profile)}

    def _digest(self, name: str) -> str:
        if name not in self.workspace.reads:
            self.workspace.digest(name)
        return self.workspace.reads[name]

    def _colour(self, composed: Markup) -> dict[str, object]:
        if composed.colour == "rgb":
            return {}
        profile = self._digest(composed.profile)
        return {"colour": composed.colour, "profile": profile, "ink": composed.most_ink}

    def _style(self, name: str) -> str:
        if name not in self._styles:
            self.workspace.text(f"templates/{name}")  # raises what is wrong with it
        return self._styles[name]

    def inputs(self, files: set[str]) -> dict[str, str]:
        """Return what a product is made from but its pictures, each with its hash."""
        names = sorted((*files, *self._fonts))
        return {
            **{name: self._digest(name) for name in names},
            **self._software,
            **self._surroundings,
        }
