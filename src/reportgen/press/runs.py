"""Long lists in runs: pages are laid out from a part of a section at a time.

What an element costs is its styles and its boxes, of which the engine makes those of the
whole section before it lays out a page. A list that a template marks with `data-runs`, whose
value is the tag of its entries, may be set from fewer: the tree of elements is cut down to a
run of entries, its pages are laid out, and the next run goes on where a page began with the
very start of an element.

A page is laid out as it is in one document (CSS Fragmentation 3, 5): the engine is told to
resume, with the state that it had after the page before, so its margins, ancestors, header
rows and counters are those of a page that goes on. Styles are matched against the whole tree.
"""

from __future__ import annotations

import copy
import gc
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from weasyprint import cssselect2
from weasyprint.formatting_structure import boxes, build
from weasyprint.layout import page as page_layout

from reportgen.core.errors import TypesettingError
from reportgen.press.engine import RARE
from reportgen.press.patches import instead

MARK = "data-runs"
RUN = 1500
"""How many elements the entries of a run have. No list of the sample has a quarter as many."""
SPARE = 16
"""How many entries after a page keep the end of a run, which is none, out of its sight."""
FIXED = frozenset({"head", "caption", "colgroup", "thead", "tfoot"})
"""Elements that every run has, if it has their parent."""
ROWS = frozenset({"table", "tbody"})
"""Elements whose first and last rows every run has, for the borders of header and footer."""
WHOLE = re.compile(
    rf"{RARE.pattern}|target-(counters?|text)\b|string-set|\brunning\(|position:\s*fixed|counters?\(\s*pages\b",
    re.IGNORECASE,
)
"""What a style sheet says that can only be known of a section as a whole."""
BLOCKS = (boxes.BlockLevelBox, boxes.TableRowGroupBox, boxes.TableRowBox)


class Listing:
    """A section's elements, down to the entries of its marked lists, in document order."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.elements: list[Any] = []
        self._parents: list[int] = []
        self._entries: list[int] = []
        weights: list[int] = []
        self.containers: dict[Any, list[Any]] = {}
        """The children of those elements that hold entries, however deep."""
        self._visit(root, 0, None, weights)
        self.number = {element: number for number, element in enumerate(self.elements)}
        self._weights = [0, *accumulate(weights)]
        self.anchors = {
            name
            for element in root.iter()
            if (name := element.get("id") or (element.tag == "a" and element.get("name")))
        }

    def _visit(self, element: Any, parent: int, tag: str | None, weights: list[int]) -> bool:
        """Return whether an element, which gets a number, is an entry or holds one."""
        number = len(self.elements)
        self.elements.append(element)
        self._parents.append(parent)
        if element.tag == tag:
            self._entries.append(number)
            weights.append(sum(1 for _ in element.iter()))
            return True
        tag = element.get(MARK, tag)
        children = [child for child in element if child.tag not in FIXED]
        # All of them are visited, so this is a sum.
        if sum(self._visit(child, number, tag, weights) for child in children):
            self.containers[element] = list(element)
            return True
        del self.elements[number + 1 :], self._parents[number + 1 :]
        return False

    @property
    def long(self) -> bool:
        """Whether the entries have more elements than a run."""
        return self._weights[-1] > RUN

    def end(self, start: int, size: int) -> int:
        """Return where a run of so many elements ends that begins at an element."""
        first = bisect_left(self._entries, start)
        last = bisect_left(self._weights, self._weights[first] + size, lo=first + 1)
        # A last run of a few entries would cost as much as they are worth.
        rest = self._weights[-1] - self._weights[min(last, len(self._entries))]
        return len(self.elements) if rest <= size // 16 else self._entries[last]

    def entries(self, start: int, end: int) -> int:
        """Return how many entries begin from one element to before another."""
        return bisect_left(self._entries, end) - bisect_left(self._entries, start)

    def ancestors(self, number: int) -> list[Any]:
        """Return the elements that hold an element, the root last."""
        found = []
        while number:
            number = self._parents[number]
            found.append(self.elements[number])
        return found

    def cut(self, start: int, end: int) -> None:
        """Cut the tree down to a run.

        The entry before it stays, as borders of cells are settled between neighbours
        (CSS Tables 3, 3.7).
        """
        before = bisect_left(self._entries, start) - 1
        first = self._entries[before] if before >= 0 else 0
        kept = set(range(first, end))
        for number in range(first, end):
            while number and (number := self._parents[number]) not in kept:
                kept.add(number)
        held = {self.elements[number] for number in kept}
        for element, children in reversed(self.containers.items()):
            if element.tag in ROWS:
                rows = [child for child in children if child.tag not in FIXED]
                held |= {rows[0], rows[-1]}
            element[:] = [c for c in children if c in held or c.tag in FIXED]

    def restore(self) -> None:
        """Give the tree back what was cut."""
        for element, children in self.containers.items():
            element[:] = children

    def wrapped(self) -> Any:
        """Return the run for the matching of selectors, which see the whole tree."""
        containers = self.containers

        class Wrapper(cssselect2.ElementWrapper):  # type: ignore[misc]
            @cached_property
            def etree_children(self) -> list[Any]:
                children: list[Any] = containers.get(self.etree_element) or self.etree_element
                return [child for child in children if isinstance(child.tag, str)]

            @property
            def previous_siblings(self) -> tuple[Any, ...]:
                found, sibling = [], self.previous
                while sibling is not None:
                    found.append(sibling)
                    sibling = sibling.previous
                return tuple(reversed(found))

            def iter_children(self) -> Iterator[Any]:
                held = set(self.etree_element)
                return (c for c in super().iter_children() if c.etree_element in held)

        return Wrapper.from_html_root(self.root)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a run ends and the next begins: with a page, and with an element."""

    number: int
    """That of the element."""
    pages: int
    """How many pages stand before it."""
    state: tuple[Any, ...]
    """The engine's: what it knows of the next page, its side, its counters."""
    groups: tuple[tuple[str, int, int], ...]
    """Of the page groups that go on the name, the pages and the element (CSS GCPM 3, 7)."""
    counters: tuple[Any, ...]
    sizes: dict[str, Any]


def documents(html: Any, listing: Listing, render: Callable[[], Any]) -> Iterator[Any]:
    """Yield the engine's documents of a section's runs: each has the pages of one.

    `render` lays out `html`. Whoever takes a document must not hold it while the next is made.
    """
    cut, size = None, RUN
    while True:
        gc.collect()  # what parser and engine make holds itself, and would pile up
        run = _Run(listing, cut, size)
        html.wrapper_element = listing.wrapped()
        try:
            with (
                instead("weasyprint.formatting_structure.build.element_to_box", run.element_to_box),
                instead("weasyprint.layout.make_all_pages", run.make_all_pages),
            ):
                document = render()
        except _WholeError:
            listing.restore()
            yield render()
            return
        if run.last:
            yield document
            return
        if run.cut is None:
            size *= 2
        else:
            document.pages = document.pages[: run.cut.pages - run.before]
            cut, size = run.cut, RUN
            yield document
        del document, run


class _WholeError(Exception):
    """The pages of a list hang on all of its entries."""


class _Run:
    """A run while it is laid out."""

    def __init__(self, listing: Listing, cut: _Cut | None, size: int) -> None:
        self.listing, self.begun = listing, cut
        self.start = cut.number if cut else 0
        self.before = cut.pages if cut else 0
        self.end = listing.end(self.start, size)
        self.last = self.end == len(listing.elements)
        self.cut: _Cut | None = None
        """The last place where it may end."""
        self._open = set(listing.ancestors(self.start)) if cut else set()
        self._counters: dict[int, tuple[Any, ...]] = {}
        self._engines_element_to_box = build.element_to_box
        listing.cut(self.start, self.end)

    def element_to_box(self, element: Any, *given: Any) -> Any:
        """Make boxes of an element, and note with which counters it begins."""
        number = self.listing.number.get(element, -1)
        if number >= self.start and len(given) == 7:
            depth, values, scopes, _ = given[6]
            if self.begun and number == self.start:
                at = copy.deepcopy(self.begun.counters)
                values.clear()
                depth[:], scopes[:] = at[0], at[2]
                values.update(at[1])
            self._counters[number] = copy.deepcopy((depth, values, scopes))
        return self._engines_element_to_box(element, *given)

    def make_all_pages(self, context: Any, root: Any, html: Any, pages: Any) -> Iterator[Any]:
        """Lay out pages until the end of the run comes in sight."""
        del pages
        if self.begun and len(context.page_maker) == 1:
            self._resume(context, root, self.begun)
        context.rendered_notes = []
        if self.begun is None and self._aside(root):
            raise _WholeError
        self.cut, at, number = None, self.start, self.before
        while True:
            fresh = {"content_changed": False, "pages_wanted": False}
            context.page_maker[number][-1].update(fresh, anchors=[], content_lookups=[])
            page, resume_at = page_layout.remake_page(number, context, root, html)
            for box in page.descendants():
                if box.bookmark_label and box.element in self._open:
                    box.bookmark_label = ""  # the page on which it began has it
            yield page
            number += 1
            if resume_at is None:
                break
            if not self.last:
                here, clean = self._place(root, resume_at)
                taken = self.listing.entries(at, here)
                if self.listing.entries(here + (not clean), self.end) < min(taken, SPARE) + 1:
                    context.page_maker[number][-1].update(fresh)
                    break
                at = here
                if clean and here > self.start:
                    self.cut = self._noted(context, root, here, number)
        del context.page_maker[number + 1 :]
        context.broken_out_of_flow.clear()

    def _aside(self, box: Any, *, within: bool = False) -> bool:
        """Tell whether entries stand in a flex or grid box, in a float, or are positioned.

        The place of such an entry hangs on those after it, or no page begins with one.
        """
        number = self.listing.number.get(box.element)
        if number is None:
            return False
        within = within or not box.is_in_normal_flow()
        entry = box.element not in self.listing.containers
        if entry and number and box.element_tag == box.element.tag:
            return within
        within = within or isinstance(box, (boxes.FlexContainerBox, boxes.GridContainerBox))
        return any(self._aside(child, within=within) for child in getattr(box, "children", ()))

    def _noted(self, context: Any, root: Any, here: int, number: int) -> _Cut:
        _, following, right, state, _ = context.page_maker[number]
        groups = tuple((n, count, self._place(root, path)[0]) for n, count, path in state[3])
        return _Cut(
            here, number, (following, right, state[:3]), groups, self._counters[here],
            dict(context.style_for.initial_page_sizes),
        )  # fmt: skip

    def _resume(self, context: Any, root: Any, cut: _Cut) -> None:
        """Let the engine believe that it laid out the pages before."""
        following, right, state = cut.state
        groups = [
            [name, count, path]
            for name, count, number in cut.groups
            if (path := self._path(root, number))
        ]
        idle = {
            "content_changed": False, "pages_wanted": False, "anchors": [], "content_lookups": [],
        }  # fmt: skip
        (_, *first, _) = context.page_maker[0]
        context.page_maker[:] = [(None, *first, copy.copy(idle)) for _ in range(cut.pages)]
        resumed = (*copy.deepcopy(state), groups)
        path = self._path(root, cut.number)
        context.page_maker.append((path, dict(following), right, resumed, idle))
        context.style_for.initial_page_sizes.update(cut.sizes)

    def _place(self, root: Any, path: Any) -> tuple[int, bool]:
        """Return the element at a place in the tree of boxes, and whether it begins there."""
        found, begins, box = 0, False, root
        while path:
            (index, below), *others = path.items()
            children = getattr(box, "children", ())
            if others or index >= len(children):
                return found, False
            box = children[index]
            number = self.listing.number.get(box.element)
            if number is None or box.element_tag != box.element.tag:
                return found, False
            # An anonymous box has the element of the box that it is in.
            begins = number != found and isinstance(box, BLOCKS)
            found, path = number, below
        return found, begins

    def _path(self, root: Any, number: int) -> dict[int, Any] | None:
        """Return the place of an element in the tree of boxes; none if it is not there."""
        element = self.listing.elements[number]
        above = set(self.listing.ancestors(number))

        def below(box: Any) -> dict[int, Any] | None:
            for index, child in enumerate(getattr(box, "children", ())):
                if child.element is element and child.element_tag == element.tag:
                    return {index: None}
                if child.element in above and (path := below(child)):
                    if isinstance(child, boxes.TableBox):
                        _check(child)
                    return {index: path}
            return None

        return below(root)


def _check(table: Any) -> None:
    """Raise TypesettingError for a table whose columns hang on all of its rows."""
    if table.style["table_layout"] != "fixed" or table.style["width"] == "auto":
        raise TypesettingError(
            f"a table with {MARK} whose columns are not fixed; "
            "give it table-layout: fixed and a width"
        )
