"""Features of fonts, asked for without a leak.

The engine makes Pango a list of attributes for every line that it tries and never gives it
back, as the lists share an attribute that each of them would free: 100 kB for a profile, so
a process grew with the number of records. Here each line has a list and an attribute of its
own, which go with it.
"""

from __future__ import annotations

from typing import Any

from weasyprint.text import line_break
from weasyprint.text.ffi import ffi, pango

_engine_setup = line_break.Layout.setup
_engine_font_features = line_break.font_features


def no_features(*_: Any) -> dict[str, Any]:
    """Let the engine find no features of fonts, so that it makes no list of its own."""
    return {}


def setup(layout: Any, style: Any) -> None:
    """Prepare a layout; its features of fonts go with it."""
    _engine_setup(layout, style)
    features = _engine_font_features(
        style["font_kerning"], style["font_variant_ligatures"], style["font_variant_position"],
        style["font_variant_caps"], style["font_variant_numeric"],
        style["font_variant_alternates"], style["font_variant_east_asian"],
        style["font_feature_settings"],
    )  # fmt: skip
    if features:
        said = ",".join(f"{key} {value}" for key, value in features.items()).encode()
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
        pango.pango_attr_list_insert(attributes, pango.pango_attr_font_features_new(said))
        pango.pango_layout_set_attributes(layout.layout, attributes)
