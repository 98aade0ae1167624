"""Files of the workspace that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.checking.finding import Limits, family
from reportgen.checking.texts import Note
from reportgen.records.records import Records

RULES, _rule = family()


@_rule("image-unused", "note", "a picture that nothing uses")
def _image_unused(known: Records, _: Limits) -> Iterator[Note]:
    workspace = known.workspace
    used = {f"report/{city.image.path}" for city in known.cities if city.image}
    templates = "".join(
        workspace.text(name) for name in workspace.names("templates", (".html", ".css", ".svg"))
    )
    unreadable = {problem.city for problem in known.problems}
    for name in workspace.names("report/images", None):
        # A record that cannot be read may well use one of them.
        if name not in used and name.removeprefix("report/") not in templates and not unreadable:
            yield Note(name, (), "no record and no template uses it", "delete it, or use it")
