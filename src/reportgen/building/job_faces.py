"""The faces that a job's pages are set with: compact copies, of the characters that they show."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cached_property

from reportgen import markup
from reportgen.building import uptodate
from reportgen.building.jobs import make_copy
from reportgen.building.pool import Crew
from reportgen.building.store import key as store_key
from reportgen.building.survey import Survey
from reportgen.building.tasks import Copies, Copy, Job, Single
from reportgen.building.vault import Kept
from reportgen.core.errors import NoGlyphError, ReportgenError
from reportgen.plan import editions
from reportgen.plan.values import Section
from reportgen.records import records
from reportgen.typefaces import characters


class JobFaces:
    """Which characters the pages of a build may show, and which its faces have."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._shown = set(survey.inspected.characters)
        self._unread = set(survey.inspected.unread)
        self._held: set[str] = set()
        self._build = os.urandom(8).hex()
        self.kept: list[Kept] = []
        """The copies, which the store has until the build ends."""

    def have(self, job: Job | Single) -> bool:
        """Note what a section shows; tell whether the faces have all of it."""
        section = job.section if isinstance(job, Single) else job
        shown = set(characters.read(section.markup.html))
        self._shown |= shown
        return shown <= self._held

    def may_have(self, result: object) -> bool:
        """Tell whether pages lack characters that only the copies of faces do not have."""
        if not isinstance(result, NoGlyphError):
            return False
        whole = self._survey.faces.repertoire
        lacking = whole.intersection(result.characters) - self._held
        self._shown |= lacking
        return bool(lacking)

    def cut(
        self,
        team: Crew,
        sections: Iterable[Section],
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Have faces made of every character that may be set, unless they hold all of them.

        `sections` are those that may have to be set.
        """
        if self._held and self._shown <= self._held:
            return
        if self._held:
            team.dismiss()  # workers have the faces open
        for section in sections:
            if section.city.id in self._unread:
                self._unread.discard(section.city.id)
                self._shown.update(*(text for _, text in records.strings(section.city)))
        self._shown |= self._of_all_pages
        self._held = characters.cases(self._shown)
        faces = self._survey.faces
        needed = faces.needed(self._held)
        # Each build has copies of its own, as another may end, and drop them, before this one.
        about = {"copies": needed, "build": self._build, **uptodate.software()}
        jobs = [
            (face.file, Copy(face, needed, store_key({**about, "face": face.sha256})))
            for face in faces.faces
        ]
        kept = {}
        for file, result in team.run(make_copy, jobs, meanwhile):
            if isinstance(result, ReportgenError):
                raise result
            kept[file] = result
        self.kept += kept.values()
        team.copies = Copies(store_key(about), kept)

    @cached_property
    def _of_all_pages(self) -> set[str]:
        """The characters that do not come from profiles."""
        known, workspace = self._survey.known, self._survey.workspace
        found = set(editions.BETWEEN)
        found.update(*(text for _, text in records.strings(known.report)))
        if self._survey.books:
            found.update(markup.book.ALWAYS)
            for city in known.cities:
                # All but the texts of profiles, which are set on their own.
                kept = records.strings(city, without=frozenset({"texts"}))
                found.update(*(text for _, text in kept))
        for name in workspace.names("templates", (".css", ".svg", ".html", ".yaml")):
            text = workspace.text(name)
            found.update(characters.read(text), characters.made(text))
        return found
