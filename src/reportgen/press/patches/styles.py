"""The values of properties that no style sheet sets for an element, found in fewer steps.

The engine works out each property of each element when it is first asked for, three thousand
times a profile, and asks of each whether it has variables, arithmetic or a logical name in
the cascade. Most are the parent's value or the initial one, and have none of these.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from weasyprint import css
from weasyprint.css.computed_values import PHYSICAL_FUNCTIONS
from weasyprint.css.functions import check_math
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES
from weasyprint.css.tokens import Pending

NESTED = frozenset({"function", "() block"})
"""Types of tokens that hold others."""
MOST = 64
"""How many solutions of a value are remembered; pages with accents of their own have others."""
SPECIAL = frozenset({"page", "position", "float", "display"})
"""Properties whose value hangs on other properties."""
PROPAGATED = "text_decoration_"
_PLAIN = {key for key in INITIAL_VALUES.keys() - SPECIAL if not key.startswith(PROPAGATED)}
_INHERITED = frozenset(key for key in _PLAIN if key in INHERITED and key not in PHYSICAL_FUNCTIONS)
_INITIAL = {
    key: INITIAL_VALUES[key]
    for key in _PLAIN
    if key not in INHERITED
    and key not in INITIAL_NOT_COMPUTED
    and not check_math(INITIAL_VALUES[key])
}
_LOGICAL = {
    (direction, key): PHYSICAL_FUNCTIONS[key](block="ttb", inline=direction)
    for direction, key in product(("ltr", "rtl"), PHYSICAL_FUNCTIONS)
}
"""The logical name of a physical property (CSS Logical Properties 1, 4)."""


_engine_solve = Pending.solve
_engine_missing = css.ComputedStyle.__missing__
_engine_missing_anonymous = css.AnonymousStyle.__missing__


def missing(style: Any, key: str) -> Any:
    """Return a property of an element, found when it is first asked for."""
    cascaded = style.cascaded
    if key not in cascaded:
        if key in _INHERITED:
            if (parent := style.parent_style) is not None:
                value = parent[key]
                if not check_math(value):
                    style[key] = value
                    return value
        elif key in _INITIAL:
            logical = key in PHYSICAL_FUNCTIONS and _LOGICAL[style["direction"], key]
            if logical not in cascaded:
                value = style[key] = _INITIAL[key]
                return value
        elif key.startswith("__") and style.parent_style is not None:  # a custom property
            value = style[key] = style.parent_style[key]
            return value
    return _engine_missing(style, key)


def solve(pending: Any, tokens: Any, wanted_key: str, base_url: Any) -> Any:
    """Return what a value with custom properties comes to, found once for the same tokens."""
    if any(token.type in NESTED for token in tokens):
        return _engine_solve(pending, tokens, wanted_key, base_url)  # made anew each time
    known = pending.__dict__.setdefault("solved", {})
    key = (wanted_key, base_url, *map(id, tokens))
    if key not in known:
        value = _engine_solve(pending, tokens, wanted_key, base_url)
        if len(known) >= MOST:
            known.clear()
        # With the tokens, as no others may have their ids meanwhile.
        known[key] = value, tuple(tokens)
    return known[key][0]


def missing_anonymous(style: Any, key: str) -> Any:
    """Return a property of an anonymous box."""
    if key in _INHERITED:
        value = style[key] = style.parent_style[key]
    elif key in _INITIAL:
        value = style[key] = _INITIAL[key]
    else:
        value = _engine_missing_anonymous(style, key)
    return value
