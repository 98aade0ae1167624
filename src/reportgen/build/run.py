"""The build: runs the plan with a crew; one failure never stops the rest.

The parent reads, composes and writes; workers set and bind. Whatever is current is left
alone: everything, if no input changed, without reading a record; else each product whose
pages would come out the same.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any

from reportgen.typefaces.face import NO_FACE
from reportgen import __version__, markup, typefaces
from reportgen.build import book_products, pool, record_cache, uptodate
from reportgen.core import dates
from reportgen.plan import editions, plan
from reportgen.plan import attachments
from reportgen.records import pictures, records
from reportgen.typefaces import characters
from reportgen.build.settle import Book, MissingError
from reportgen.core.errors import DeniedError, InputError, LossError, NoGlyphError, Place, Problem, ReportgenError, TypesettingError
from reportgen.build.fingerprints import Keys, Wanted
from reportgen.plan.values import Part, Section
from reportgen.records.schema.city import City
from reportgen.build.results import Failure, Outcome, product_of
from reportgen.build.output import Output
from reportgen.press import complaints
from reportgen.build.store import Store
from reportgen.build.store import key as store_key
from reportgen.build.jobs import Copy, Done, Job, LostError, Setup, Single, lay_out, make, make_book, make_copy, make_single, set_section
from reportgen.records.workspace import Workspace

REPAIRS = 3
"""How often a book is bound again because pages in the store turn out to be damaged."""


@dataclass
class Build:
    """One build of a workspace, and what it knows so far."""

    workspace: Workspace
    choice: plan.Choice
    output: Output
    store: Store
    folder: Path
    """That of `crew.engine_folder`."""
    hire: pool.Hire
    progress: Callable[[int, int, str], None]
    """Is told how many products are done, of how many, and which was the last."""
    allow_missing: bool = False
    whole: bool = False
    """Whether records keep their texts in memory, for whoever looks at them all afterwards."""
    outcome: Outcome = field(default_factory=Outcome)

    def run(self) -> Outcome:
        """Make the products that are asked for and not current.

        Raises a ReportgenError where nothing can be built; what concerns single records is
        in the outcome.
        """
        with record_cache.kept(self.store, self.workspace) as kept:
            return self._run(kept)

    def _run(self, kept: records.Kept) -> Outcome:
        workspace, outcome = self.workspace, self.outcome
        self.known = known = records.read(workspace, kept, whole=self.whole)
        self.choice = choice = plan.named(known.report, self.choice)
        listed = {
            name: workspace.reads.get(name, "") for name in workspace.names(uptodate.CITIES, None)
        }
        self.faces = typefaces.load(workspace)
        gc.freeze()  # what was read stays until the end, so nothing in it is garbage
        self.present = uptodate.Present(workspace)
        self._lint()
        texts = records.strings(known.report_document.value)
        if faults := list(_uncovered(known, "", texts, self.faces)):
            raise InputError(*faults)
        faulty = self._faulty()
        outcome.problems += [
            problem
            for problem in (*known.problems, *(p for found in faulty.values() for p in found))
            if not choice.cities or problem.city in choice.cities
        ]
        wanted = plan.plan(known, choice, {p.city for p in known.problems})
        self._tell_untold()
        self._begin([s for s in wanted if s.city.id not in faulty])
        self._make()
        self._commit(self._expected(wanted), listed)
        return outcome

    def _expected(self, wanted: tuple[Section, ...]) -> set[str]:
        """Return the paths of what may stand in the folders of the editions."""
        report = self.known.report
        found = {plan.path(section) for section in plan.untold(self.known, self.choice)}
        for edition in plan.pages_of(report, self.choice):
            products = self._products(edition)
            names = []
            if "cities" in products:
                found |= {plan.path(s) for s in wanted if s.edition == edition}
                names += [p.city for p in self.known.problems]
            if edition in self.unbound | {book.edition for book in self.books}:
                names += [
                    book_products.NAMES[product] for product in products if product in book_products.NAMES
                ]
            found |= {
                f"{edition}/{language}/{name}.pdf"
                for language in editions.languages(report, edition)
                for name in names
            }
            found |= {
                f"{imposed}/{language}/{book_products.NAMES['book']}.pdf"
                for imposed in self.choice.editions
                if (imposition := report.editions[imposed].imposition) and imposition.of == edition
                for language in editions.languages(report, imposed)
            }
        return found

    def _lint(self) -> None:
        """Look through the templates, unless they are those that the last build found good."""
        if faults := list(_unknown_styles(self.known, self.workspace)):
            raise InputError(*faults)
        names = self.workspace.names("templates", (".html", ".svg", ".css", ".yaml"))
        looked = {name: self.present(name) for name in (*names, typefaces.MANIFEST)}
        self.linted = store_key({**looked, **uptodate.software()})
        if self.linted == self.output.believed.get("templates"):
            return
        if faults := markup.lint(self.workspace, self.faces):
            raise InputError(*faults)

    def _faulty(self) -> dict[str, list[Problem]]:
        """Return what is wrong with records beside what their own check found."""
        found: dict[str, list[Problem]] = {}
        self.characters: set[str] = set()
        """What the pages of this build may show."""
        self.unread: set[str] = set()
        """The cities whose characters are not among them yet."""
        good = self.output.believed.get("records", {})
        same_faces = self.output.believed.get("templates") == self.linted
        for city in self.known.cities:
            name = f"report/cities/{city.id}.yaml"
            if same_faces and not city.image and good.get(name) == self.workspace.reads.get(name):
                self.unread.add(city.id)
                continue  # it was looked through by the last build
            said = list(records.strings(city))
            self.characters.update(*(text for _, text in said))
            faults = [
                *_uncovered(self.known, city.id, said, self.faces),
                *_bad_picture(self.known, city, self.workspace),
                *self._undrawn(city),
            ]
            if faults:
                found[city.id] = faults
        for name, document in self.known.documents.items():
            texts = records.strings(document.value)
            if faults := list(_uncovered(self.known, name, texts, self.faces)):
                found[name] = faults
        return found

    def _undrawn(self, city: City) -> Iterator[Problem]:
        """Yield the characters of a drawing that no face holds; note the others."""
        if not city.image or not city.image.path.lower().endswith(".svg"):
            return
        name = f"report/{city.image.path}"
        with suppress(InputError):  # told already
            text = characters.drawn(self.workspace.read(name, pictures.LARGEST))
            self.characters.update(text)
            lacking = self.faces.lacking("".join(text.split()))
            for _, message in characters.in_no_face(lacking):
                yield self.known.document(city.id).problem(
                    ("image", "path"), f"{name}: {message}",
                    remedy="write it otherwise in the drawing, or draw it as paths", city=city.id,
                )  # fmt: skip

    def _tell_untold(self) -> None:
        """Note the cities that lack texts in a language that is asked for."""
        known = self.known
        for section in plan.untold(known, self.choice):
            document = known.document(section.city.id)
            gaps = records.gaps_of_city(section.city, known.report, section.language)
            problems = [gap.problem(document, key=True, city=section.city.id) for gap in gaps]
            self.outcome.failures.append(Failure(section.identity, InputError(*problems)))

    def _begin(self, sections: list[Section]) -> None:
        """See which products are current by what they were made from."""
        self.composer = markup.Composer(self.workspace, self.known)
        self.keys = Keys(self.workspace, self.faces, dates.inputs(self.known.report))
        self.old = {entry["path"]: entry for entry in self.output.believed.get("products", [])}
        self.there = self.old or {
            entry["path"]: _foreign(entry) for entry in self.output.manifest.get("products", [])
        }
        """What the folder holds, also where it is not known who made it."""
        self.wanted: dict[str, Wanted] = {}
        self.sections = {section.identity: section for section in sections}
        self.fragments: dict[str, str] = {}
        self.furniture: dict[tuple[str, str], Job] = {}
        self.written: dict[str, Path] = {}
        self.unbound: set[str] = set()
        """The editions of books for which the report lacks texts."""
        self.bound = [
            in_book
            for edition in plan.pages_of(self.known.report, self.choice)
            for language in plan.languages(self.known.report, self.choice, edition)
            if not self.choice.cities
            and not book_products.NAMES.keys().isdisjoint(self._products(edition))
            and (in_book := self._in_book(edition, language))
        ]
        """The sections of each book."""
        self.open = [section for section in sections if not self._seen(section)]
        """What has to be composed, to see whether it has to be made."""
        self.late: list[Section] = []
        """What shows a character that the faces of the job do not have yet."""

    def _products(self, edition: str) -> tuple[str, ...]:
        return self.known.report.editions[edition].products

    def _seen(self, section: Section) -> bool:
        """Tell whether a section's product is current, as all that it was made from is."""
        path = plan.path(section)
        entry = self.old.get(path, {})
        if "cities" not in self._products(section.edition) or not entry.get("fragment"):
            return False
        if not self.present.same(entry["inputs"]):
            return False
        # What it was composed from is as it was, so it would be composed to the same.
        self.fragments[section.identity] = entry["fragment"]
        inputs = {n: d for n, d in entry["inputs"].items() if n not in entry.get("reads", ())}
        self.wanted[path] = Wanted(path, entry["key"], inputs)
        return self._is_current(path)

    def _composed(self, sections: list[Section]) -> Iterator[tuple[str, Job | Single]]:
        """Compose sections one by one, as they are asked for; yield what is to be made.

        Not kept: a thousand of them would fill the memory.
        """
        for section in sections:
            try:
                job = self._to_make(section)
            except InputError as error:
                self.outcome.failures.append(Failure(section.identity, error))
                job = None
            if job is None:
                self.total -= 1
            elif not self._shown(job):
                self.late.append(section)
            else:
                yield section.identity, job

    def _to_make(self, section: Section) -> Job | Single | None:
        """Compose a section; return nothing if its product turns out to be current."""
        path = plan.path(section)
        if "cities" not in self._products(section.edition):
            job = self._job(section)
            self.fragments[section.identity] = job.key
            self.wanted[path] = Wanted(path, "", self.keys.inputs(set(job.markup.files)))
            return None if self.store.has(job.key) else job
        single = self._single(section)
        self.fragments[section.identity] = single.section.key
        over, about = single.furniture, single.section.markup.about
        key = store_key(
            {
                "fragment": single.section.key,
                "furniture": over.key,
                "about": [about.title, about.author, about.subject, list(about.keywords)],
                "date": about.date,
                "language": about.language,
                "finish": self.keys.finish(single.finish),
            }
        )
        files = {*single.section.markup.files, *over.markup.files, single.finish.profile}
        self.wanted[path] = Wanted(path, key, self.keys.inputs(files))
        return None if self._is_current(path) else single

    def _single(self, section: Section) -> Single:
        """Compose a section that is a product of its own."""
        job = self._job(section)
        over = self._furniture(section.edition, section.language)
        carried = attachments.of_city(self.known, section.city)
        name = str(section.city.name.get(section.language))
        return Single(
            job,
            over,
            editions.finish(
                self.known.report, section.edition, job.markup.about, (carried,), name=name
            ),
            plan.path(section),
        )

    def _shown(self, job: Job | Single) -> bool:
        """Note what a section shows; tell whether the faces of the job have all of it."""
        section = job.section if isinstance(job, Single) else job
        shown = set(characters.read(section.markup.html))
        self.characters |= shown
        return shown <= self.held

    def _job(self, section: Section) -> Job:
        composed = self.composer.compose(section)
        return Job(composed, self.keys.fragment(composed))

    def _furniture(self, edition: str, language: str) -> Job:
        if (edition, language) not in self.furniture:
            composed = self.composer.furniture(language, edition)
            job = Job(composed, self.keys.fragment(composed))
            self.furniture[edition, language] = job
        return self.furniture[edition, language]

    def _in_book(self, edition: str, language: str) -> tuple[Part | Section, ...]:
        """Return the sections of a book; none if the report lacks texts for it, which is told."""
        templates = self.workspace.names("templates", (".html",))
        sections = plan.book(self.known, templates, language, edition)
        if sections and (gaps := list(records.gaps_of_report(self.known.report, language))):
            told = [gap.problem(self.known.report_document, key=True) for gap in gaps]
            identity = f"{edition}/{language}/report"
            self.outcome.failures.append(Failure(identity, InputError(*told)))
            self.unbound.add(edition)
            return ()
        return sections

    @cached_property
    def books(self) -> list[Book]:
        """The books, once all profiles are composed."""
        return [self._book(sections) for sections in self.bound]

    def _book(self, sections: tuple[Part | Section, ...]) -> Book:
        book = Book(
            self.composer, self.keys.fragment, sections, self.fragments, self.store, self.present
        )
        book.recall_parts(self.basis, self.old.get(book.path, {}).get("parts"))
        for section in sections:
            if isinstance(section, Section):
                book.recall(section, self.old.get(plan.path(section), {}).get("shape"))
        return book

    @cached_property
    def basis(self) -> str:
        """The hash of what parts of books are composed from.

        Not in it are page numbers, and the texts of profiles, which parts seldom show.
        """
        cities = hashlib.sha256()
        for city in self.known.cities:
            # Digits stand as they were written, which pydantic would warn of.
            said = city.model_dump_json(exclude={"texts"}, warnings=False)
            cities.update(f"{said}{','.join(city.texts)}\n".encode())
        return store_key(
            {
                "report": self.present("report/report.yaml"),
                "cities": cities.hexdigest(),
                "templates": self.linted,
                "profiles": [self.present(name) for name in sorted(self.profiles)],
            }
        )

    def _make(self) -> None:
        """Set and bind what is not current."""
        self.done, self.total = 0, len(self.open) + len(self.bound)
        self.held: set[str] = set()
        """The characters of the job's faces."""
        order = {identity: index for index, identity in enumerate(self.sections)}
        composed = self._composed(self.open)
        first: list[tuple[str, Job | Single]] = []

        def begin() -> None:
            first.extend(islice(composed, pool.AHEAD))
            self._foresee()

        if self.open or self.bound:
            with pool.Crew(self.hire, self.setup) as team:
                self._cut_faces(team, begin)
                self._make_profiles(team, chain(first, composed))
                while sections := self.late:
                    self.late = []
                    self._cut_faces(team)
                    self._make_profiles(team, self._composed(sections))
                lost = {failure.identity for failure in self.outcome.failures}
                self._set_again(team, lost)
                for book in self.books:
                    self._bind(book, team, lost)
                self._lay_out(team)
        last = len(order)
        self.outcome.products.sort(key=lambda p: order.get(p.identity, last))
        self.outcome.failures.sort(key=lambda f: order.get(f.identity, last))

    def _make_profiles(self, team: pool.Crew, jobs: Iterable[tuple[str, Job | Single]]) -> None:
        for identity, result in team.run(make, jobs):
            if self._is_late(result):
                self.late.append(self.sections[identity])
            else:
                self._take(identity, result)

    def _is_late(self, result: object) -> bool:
        """Tell whether pages lack characters that only the copies of faces do not have."""
        if not isinstance(result, NoGlyphError):
            return False
        lacking = self.faces.repertoire.intersection(result.characters) - self.held
        self.characters |= lacking
        return bool(lacking)

    def _set_again(self, team: pool.Crew, lost: set[str]) -> None:
        """Set the profiles of books that are current, and gone from the store."""
        missing = {
            identity: self._job(self.sections[identity])
            for book in self.books
            for identity in book.unset()
            if identity not in lost
        }
        self.total += len(missing)
        for job in missing.values():
            self._shown(job)
        self._cut_faces(team)
        for identity, error in team.run(set_section, list(missing.items())):
            if isinstance(error, ReportgenError):
                lost.add(identity)
                self.outcome.failures.append(self._located(Failure(identity, error)))
            self._tell(identity)

    @cached_property
    def profiles(self) -> dict[str, bytes]:
        """The profiles of the output intents of what is asked for."""
        pages = plan.pages_of(self.known.report, self.choice)
        names = {editions.profile(self.known.report.editions[e]) for e in pages}
        return {name: self.workspace.read(name) for name in sorted(names)}

    @property
    def setup(self) -> Setup:
        """What workers need to set the pages of this build."""
        return Setup(
            self.folder / "fonts.conf", self.faces.faces, self.workspace.folder("fonts"),
            self.keys.stylesheets, self.workspace.root, self.store.where, self.profiles,
            self.faces.stamps,
        )  # fmt: skip

    def _foresee(self) -> None:
        """Compose what books have beside profiles, if one word was changed."""
        if len(self.open) <= pool.AHEAD:
            for book in self.books:
                # What keeps a part from being composed is told where the book is bound.
                with suppress(ReportgenError):
                    book.foresee()

    def _take(self, identity: str, result: Done | ReportgenError | None) -> None:
        if result is not None:
            self._keep(identity, result)
        self._tell(identity)

    def _keep(self, identity: str, result: Done | ReportgenError) -> None:
        """Keep a product that was made, or note why it was not."""
        if isinstance(result, ReportgenError):
            self.outcome.failures.append(self._located(Failure(identity, result)))
        elif result.product.identity != identity:
            wrong = TypesettingError(f"{identity}: got the page of {result.product.identity}")
            self.outcome.failures.append(self._located(Failure(identity, wrong)))
        else:
            if isinstance(result.content, Path):
                self.written[result.product.path] = result.content
            self.output.stage(result.product.path, result.content)
            self.outcome.products.append(result.product)
            self.wanted[result.product.path].reads.update(result.reads)

    def _bind(self, book: Book, team: pool.Crew, lost: set[str]) -> None:
        """Bind a book, unless it is current or lacks a city."""
        identity = book.identity
        ill = {p.city for p in self.outcome.problems if p.city}
        here = f"{book.edition}/{book.language}/"
        lacking = sorted({*ill, *(i.removeprefix(here) for i in lost if i.startswith(here))})
        try:
            if lacking and not self.allow_missing:
                raise MissingError(book.path, lacking)
            book.leave_out(lost)
            self._settle_and_bind(book, team)
        except ReportgenError as error:
            self.outcome.failures.append(self._located(Failure(identity, error)))
        self._tell(identity)

    def _settle_and_bind(self, book: Book, team: pool.Crew) -> None:
        over = self._furniture(*book.identity.split("/")[:2])
        book.settle(team)
        carried = attachments.of_report(self.known)
        finish = editions.finish(self.known.report, book.edition, book.about, (carried,))
        files = {*book.files, *over.markup.files, finish.profile}
        cities = (self.wanted[f"{identity}.pdf"].inputs for identity in book.profiles)
        inputs = {name: digest for found in cities for name, digest in found.items()}
        inputs |= self.keys.inputs(files)
        # A record that is new or cannot be read is among no city's inputs.
        inputs[uptodate.CITIES] = self.present(uptodate.CITIES)
        inputs |= {p.place.file: self.present(p.place.file) for p in self.known.problems if p.city}
        self.wanted[book.path] = Wanted(book.path, book.key(over, self.keys.finish(finish)), inputs)
        products = self._products(book.edition)
        if "cover" in products:
            wanted, cover = book_products.cover(self.composer, book, self.keys, over, inputs)
            self.wanted[wanted.path] = wanted
            if not self._is_current(wanted.path):
                for identity, result in team.run(make_single, [(wanted.path, cover)]):
                    self._keep(identity.removesuffix(".pdf"), result)
        if "book" not in products or self._is_current(book.path):
            return
        for _ in range(REPAIRS):
            job = book.job(over, finish, self.folder)
            for identity, result in team.run(make_book, [(book.identity, job)]):
                if not isinstance(result, LostError):
                    self._keep(identity, result)
                    return
                # Its entry in the store was damaged: it is set again, and the book bound.
                again = [(i, self._job(self.sections[i])) for i in book.forget(result.identity)]
                for _, error in team.run(set_section, again):
                    if isinstance(error, ReportgenError):
                        raise error
                book.settle(team)
        raise TypesettingError(
            f"{book.path}: pages go from the store while the book is bound",
            remedy="the disk of the store may be failing; name another folder with --store",
        )

    def _lay_out(self, team: pool.Crew) -> None:
        """Lay books on sheets, for the editions that ask for it."""
        made = {p.path: p for p in (*self.outcome.products, *self.outcome.current)}
        jobs = []
        for book in self.books:
            for edition in book_products.imposed(self.known.report, self.choice.editions, book):
                source = made.get(book.path)
                if source is None:
                    identity = book_products.sheets_identity(edition, book)
                    error = TypesettingError(f"{identity}: {book.path} was not made")
                    self.outcome.failures.append(Failure(identity, error))
                    continue
                file = self.written.get(book.path, self.output.root / book.path)
                inputs = self.wanted[book.path].inputs
                wanted, job = book_products.sheets(
                    self.known.report, edition, book, self.keys, source, file, self.folder, inputs
                )
                self.wanted[wanted.path] = wanted
                if not self._is_current(wanted.path):
                    jobs.append((job.about.identity, job))
        for identity, result in team.run(lay_out, jobs):
            self._keep(identity, result)

    def _tell(self, identity: str) -> None:
        self.done += 1
        self.progress(self.done, self.total, identity)

    def _cut_faces(self, team: pool.Crew, meanwhile: Callable[[], None] | None = None) -> None:
        """Have faces made of every character that may be set, unless they hold all of them."""
        if self.held and self.characters <= self.held:
            return
        if self.held:
            team.dismiss()  # workers have the faces open
        found = self.characters
        for section in self.open:
            if section.city.id in self.unread:
                self.unread.discard(section.city.id)
                found.update(*(text for _, text in records.strings(section.city)))
        found |= self._of_all_pages
        self.held = characters.cases(found)
        needed = self.faces.needed(self.held)
        copies = [(face.file, Copy(face, needed)) for face in self.faces.faces]
        for _, error in team.run(make_copy, copies, meanwhile):
            if isinstance(error, ReportgenError):
                raise error

    @cached_property
    def _of_all_pages(self) -> set[str]:
        """The characters that do not come from profiles."""
        found = set(editions.BETWEEN)
        found.update(*(text for _, text in records.strings(self.known.report)))
        if self.bound:
            found.update(markup.book.ALWAYS)
            for city in self.known.cities:
                # All but the texts of profiles, which are set on their own.
                kept = records.strings(city, without=frozenset({"texts"}))
                found.update(*(text for _, text in kept))
        for name in self.workspace.names("templates", (".css", ".svg", ".html", ".yaml")):
            text = self.workspace.text(name)
            found.update(characters.read(text), characters.made(text))
        return found

    def _is_current(self, path: str) -> bool:
        """Tell whether the folder has the product already, and note it, or why it is made."""
        wanted, entry = self.wanted[path], self.old.get(path)
        if entry and entry.get("key") == wanted.key:
            read = {name: entry["inputs"][name] for name in entry.get("reads", ())}
            if self.present.same(read) and self.output.holds(path, entry["sha256"]):
                wanted.reads.update(read)
                self.outcome.current.append(product_of(entry))
                return True
        entry = self.there.get(path)
        self.outcome.reasons[path] = uptodate.reasons(entry, self.output, self.present)
        return False

    def _located(self, failure: Failure) -> Failure:
        """Add the place of the field that the engine's complaint quotes, if it quotes one."""
        known, city = self.known, failure.identity.rsplit("/", 1)[1]
        record = next((c for c in known.cities if c.id == city), None)
        if not isinstance(failure.error, TypesettingError):
            return failure
        told = str(failure.error).split("\n")
        styles = {line: self._of_style(line) for line in told}
        if record is None:
            if not any(styles.values()):
                return failure
            others = (Problem(Place("report/report.yaml"), line) for line in told)
            return Failure(failure.identity, InputError(*(styles[o.message] or o for o in others)))
        document = known.document(city)
        texts = sorted(records.strings(record), key=lambda pair: -len(pair[1]))
        problems, remedy = [], failure.error.remedy
        for complaint in told:
            if problem := styles[complaint]:
                problems.append(problem)
                continue
            quoted = (path for path, text in texts if len(text) > 3 and text in complaint)
            if path := next(quoted, None):
                problems.append(document.problem(path, complaint, remedy=remedy, city=city))
            else:
                problems.append(Problem(Place(document.file), complaint, remedy=remedy, city=city))
        kind = InputError if isinstance(failure.error, DeniedError) else LossError
        return Failure(failure.identity, kind(*problems))

    def _of_style(self, complaint: str) -> Problem | None:
        """Return a complaint about a style or a template at its place there, if it is one."""

        def templates() -> dict[str, str]:
            names = self.workspace.names("templates", (".html", ".svg"))
            return {n.removeprefix("templates/"): self.workspace.text(n) for n in names}

        said = complaint.partition(": ")[2]
        sheets = self.keys.stylesheets
        if not (lacking := characters.FOUND.match(said)):
            return complaints.problem(said, sheets, templates)
        texts = sheets | templates()
        for name, line, column in characters.places(chr(int(lacking[1], 16)), texts):
            source = texts[name].split("\n")[line - 1]
            return Problem(
                Place(f"templates/{name}", line, column), said,
                remedy=NO_FACE, source=source,
            )  # fmt: skip
        return None

    def _commit(self, expected: set[str], listed: dict[str, str]) -> None:
        """Put the products in their places.

        What the workspace no longer asks for is removed; what could not be made keeps its
        old file.
        """
        outcome, choice = self.outcome, self.choice
        report = self.known.report
        if choice.everything:
            others = set(report.editions) - set(choice.editions)
            outcome.removed += [
                p for p in self.there if p.split("/")[0] not in others and p not in expected
            ]
        entries = {path: e for path, e in self.there.items() if path not in outcome.removed}
        for product in (*outcome.products, *outcome.current):
            wanted = self.wanted[product.path]
            entries[product.path] = {
                "path": product.path,
                "identity": product.identity,
                "title": product.title,
                "pages": product.pages,
                "bytes": product.size,
                "sha256": product.sha256,
                "standard": product.standard,
                "attachments": [{"name": n, "sha256": d} for n, d in product.attached],
                "key": wanted.key,
                # Seldom a copy, which would be 2.5 MB more for 3,000 records.
                "inputs": wanted.inputs | wanted.reads if wanted.reads else wanted.inputs,
                "reads": sorted(wanted.reads),
            }
            if fragment := self.fragments.get(product.identity):
                entries[product.path]["fragment"] = fragment
                shapes = (book.told(product.identity) for book in self.books)
                if shape := next((told for told in shapes if told), None):
                    entries[product.path]["shape"] = shape
        made = {product.path for product in (*outcome.products, *outcome.current)}
        for book in self.books:
            if book.path in made and (parts := book.told_parts):
                entries[book.path]["parts"] = parts
        manifest: dict[str, object] = {
            "reportgen": __version__,
            "products": [entries[path] for path in sorted(entries)],
            "templates": self.linted,
        }
        if choice.everything and not outcome.problems and not outcome.failures:
            same = self.output.believed.get("records") == listed
            before = self.output.believed.get("complete", ()) if same else ()
            complete = {*choice.editions, *before} & set(report.editions)
            manifest |= {"complete": sorted(complete), "records": listed}
            manifest["editions"] = list(report.editions)
        self.output.commit(manifest, tuple(outcome.removed))


def _foreign(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of the entry of a product that is not known to be ours: it stays old."""
    kept = ("path", "identity", "title", "pages", "bytes", "sha256", "standard", "attachments")
    told = {name: entry[name] for name in kept if name in entry}
    return {**told, "key": "", "inputs": {uptodate.FOREIGN: "ours"}, "reads": []}


def _unknown_styles(known: records.Records, workspace: Workspace) -> Iterator[Problem]:
    """Yield the style sheets that editions name and the templates lack."""
    sheets = workspace.names("templates", (".css",))
    for name, edition in known.report.editions.items():
        for index, style in enumerate(edition.styles):
            if f"templates/{style}" not in sheets:
                yield known.report_document.problem(
                    ("editions", name, "styles", index), f"no style sheet templates/{style}"
                )


def _uncovered(
    known: records.Records,
    city: str,
    texts: Iterable[tuple[tuple[str | int, ...], str]],
    faces: typefaces.Typefaces,
) -> Iterator[Problem]:
    """Yield the characters of a record that no face holds, before anything is set."""
    if all(faces.repertoire.issuperset(text) for _, text in texts):
        return  # no selector is in it
    document = known.document(city) if city else known.report_document
    for path, text in records.strings(document.value):
        for first, message in characters.in_no_face(faces.lacking(text)):
            yield document.character(path, first, message, remedy=NO_FACE, city=city)


def _bad_picture(known: records.Records, city: City, workspace: Workspace) -> Iterator[Problem]:
    """Yield what keeps the record's picture from being read."""
    if city.image:
        name, remedy = f"report/{city.image.path}", ""
        try:
            fault = pictures.fault(name, workspace.read(name, pictures.LARGEST))
        except InputError as error:
            fault, remedy = error.problems[0].message, error.problems[0].remedy
        if fault:
            yield known.document(city.id).problem(
                ("image", "path"), f"{name}: {fault}", remedy=remedy, city=city.id
            )
