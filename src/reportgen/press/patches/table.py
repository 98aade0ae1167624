"""The table of all amendments to the engine. `reportgen doctor --engine` prints it.

A row says what is changed, what stands in its place and why, what shows that it is needless, and
where the engine's own project hears of it. `engine.install` carries the rows out in their order.
"""

from __future__ import annotations

from reportgen.press.patches import (
    OWN,
    Amendment,
    artifacts,
    faces,
    features,
    fine,
    glyphs,
    images,
    keep_all,
    lengths,
    lines,
    margins,
    markers,
    numbers,
    references,
    spaces,
    styles,
    titles,
)

KEEP_ALL = "test_keep_all passes without it"
ONE_PIECE = "pdftotext reads a text over two pages in one piece without it"
NO_SLOWER = "a build is no slower without it"
EXTRACTED = "test_extraction passes without it"
SHARP = "test_preflight passes without it"
NO_LEAK = "a process that sets profiles does not grow without it"
NO_FASTER = "test_shortcuts counts no more layouts without it"
DRAWING = "weasyprint.draw"
LINES = "weasyprint.text.line_break.Layout"
STREAM = "weasyprint.pdf.stream.Stream"
PULL = "https://github.com/Kozea/WeasyPrint/pull/"
ISSUE = "https://github.com/Kozea/WeasyPrint/issues/"

AMENDMENTS = (
    # word-break: keep-all
    Amendment(
        "weasyprint.css.validation.properties.PROPERTIES.word-break", keep_all.word_break,
        "The value keep-all is accepted.", KEEP_ALL, f"{PULL}1534",
    ),
    Amendment(
        "weasyprint.layout.inline.split_first_line", keep_all.split_first_line,
        "A word wider than its line is broken as overflow-wrap says, and long texts are tried in "
        "shorter pieces.", KEEP_ALL, f"{PULL}1534",
    ),
    Amendment(
        "weasyprint.layout.preferred.split_first_line", keep_all.split_first_line,
        "The smallest width of a text is that of its longest word.", KEEP_ALL, f"{PULL}1534",
    ),
    Amendment(
        "weasyprint.layout.inline.split_inline_box", keep_all.split_inline_box,
        "Between two boxes their common ancestor decides whether a line may end.", KEEP_ALL,
        f"{PULL}1534",
    ),
    Amendment(
        "weasyprint.layout.inline.can_break_text", keep_all.can_break_text,
        "No line ends within a word that straddles two boxes.", KEEP_ALL, f"{PULL}1534",
    ),
    Amendment(
        "weasyprint.layout.inline.can_break_inside", keep_all.can_break_inside,
        "No line ends within a word of a box.", KEEP_ALL, f"{PULL}1534",
    ),
    # What the engine holds on to
    Amendment(
        "weasyprint.text.line_break.font_features", features.no_features,
        "The engine makes no list of attributes, which it would never give back.",
        NO_LEAK,
    ),
    Amendment(
        f"{LINES}.setup", features.setup,
        "A line has a list of attributes of its own, which goes with it.",
        NO_LEAK,
    ),
    # Less work for the same pages
    Amendment(
        f"{LINES}.set_text", lines.set_text,
        "Words have the attribute that forbids breaks; a word that is too wide by far is not "
        "tried.", f"{KEEP_ALL}, {NO_FASTER}",
    ),
    Amendment(f"{LINES}.text", "", "A new layout knows that it has no text yet.", NO_FASTER),
    Amendment(f"{LINES}.final", False, "A layout knows whether it is as it is drawn.", NO_FASTER),
    Amendment(f"{LINES}.ready", None, "A layout knows the style it can be drawn in.", NO_FASTER),
    Amendment(
        f"{LINES}.deactivate", lines.deactivate,
        "The last layout of a line is kept for the drawing.", NO_FASTER,
    ),
    Amendment(
        f"{LINES}.reactivate", lines.reactivate,
        "A line that was kept is not laid out once more.", NO_FASTER,
    ),
    Amendment(
        "weasyprint.css.ComputedStyle.__missing__", styles.missing,
        "Values that nobody set are found in fewer steps.", NO_SLOWER,
    ),
    Amendment(
        "weasyprint.css.tokens.Pending.solve", styles.solve,
        "A value with custom properties is worked out once for the same tokens.",
        NO_SLOWER,
    ),
    Amendment(
        "weasyprint.css.AnonymousStyle.__missing__", styles.missing_anonymous,
        "Values that nobody set are found in fewer steps.", NO_SLOWER,
    ),
    *(
        Amendment(
            f"weasyprint.layout.{user}.resolve_percentages", lengths.resolve_percentages,
            "Lengths without percentages are worked out once for a style.",
            NO_SLOWER,
        )
        for user in lengths.USERS
    ),
    # What text says
    Amendment(
        f"{DRAWING}.text.draw_first_line", glyphs.draw_first_line,
        "Each glyph stands for the characters that the record has; what a glyph adds to a line is "
        "remembered.", EXTRACTED,
    ),
    Amendment(
        "weasyprint.formatting_structure.boxes.TextBox.parted", False,
        "A text knows whether a space is written after it.", EXTRACTED,
    ),
    Amendment(
        "weasyprint.layout.inline.split_text_box", spaces.split_text_box,
        "A text before a line's end is marked, as words are one for some readers else.",
        EXTRACTED,
    ),
    Amendment(
        "weasyprint.layout.inline.remove_last_whitespace", spaces.remove_last_whitespace,
        "A text whose last space is taken away is marked.", EXTRACTED,
    ),
    Amendment(
        "weasyprint.formatting_structure.boxes.ParentBox.content_text", titles.content_text,
        "A forced break in a title is a space in the outline, and a citation is no part of it.",
        EXTRACTED,
    ),
    Amendment(
        "weasyprint.formatting_structure.build.marker_to_box", markers.marker_to_box,
        "A style sheet may word the marks of a list.", "test_characters passes without it",
        f"{ISSUE}2918",
    ),
    # How it is drawn
    Amendment(
        f"{STREAM}.fine", False, "A stream knows whether it draws what is too fine for a tint.",
        SHARP,
    ),
    Amendment(
        f"{STREAM}.fine_lines", False, "A stream knows whether it draws lines that are too fine.",
        SHARP,
    ),
    Amendment(
        f"{DRAWING}.draw_text", fine.draw_text, "In print, small text has one ink.",
        SHARP,
    ),
    Amendment(
        f"{DRAWING}.draw_border", fine.draw_border, "In print, thin borders have one ink.",
        SHARP,
    ),
    Amendment(
        f"{DRAWING}.draw_line", fine.draw_line, "In print, thin rules have one ink.",
        SHARP,
    ),
    Amendment(
        "weasyprint.svg.SVG.set_graphical_state", fine.set_graphical_state,
        "In print, small text and thin lines of drawings have one ink.",
        SHARP,
    ),
    Amendment(
        "weasyprint.images.RasterImage.draw", images.draw,
        "A turned picture is measured as it stands, for the pixels that can be seen.",
        "test_pictures passes without it",
    ),
    Amendment(
        "weasyprint.images.RasterImage.get_x_object", images.get_x_object,
        "A reduced photograph keeps a quality of 90.", "test_pictures passes without it",
        f"{PULL}2895",
    ),
    Amendment(
        "weasyprint.layout.make_margin_boxes", margins.make_margin_boxes,
        "Boxes in the margins that no style sheet asks for are not made.",
        NO_SLOWER,
    ),
    Amendment(
        "weasyprint.formatting_structure.boxes.PageBox.margins_first", False,
        "A page knows whether its margins are drawn first.", ONE_PIECE,
    ),
    Amendment(
        "weasyprint.document.draw_page", margins.draw_page,
        "A text that runs on to the second page stays in one piece when it is extracted.",
        ONE_PIECE,
    ),
    Amendment(
        f"{STREAM}.add_font", faces.add_font,
        "A face that is not found is an error; the engine would not live on.",
        "test_machines passes without it",
    ),
    # How it is tagged and written
    Amendment(
        "weasyprint.formatting_structure.boxes.Box.artifact", False,
        "A box knows whether a tag holds it.", "test_tags passes without it", f"{ISSUE}1836",
    ),
    Amendment(
        f"{STREAM}.marked", artifacts.marked, "What no tag holds is marked as an artifact.",
        "test_tags passes without it", f"{ISSUE}1836",
    ),
    Amendment(
        "pydyf.Object.reference", references.reference,
        "The binder numbers the objects, so references are tokens.",
        "never: fragments are ours", OWN,
    ),
    Amendment(
        "pydyf._to_bytes", numbers.to_bytes, "Lengths have three decimals.",
        "files are no larger without it",
    ),
    Amendment(
        "pydyf.Stream.set_matrix", numbers.set_matrix, "Scales have six significant digits.",
        "files are no larger without the three decimals",
    ),
    Amendment(
        "pydyf.Stream.set_text_matrix", numbers.set_text_matrix,
        "Scales have six significant digits.", "files are no larger without the three decimals",
    ),
)  # fmt: skip
"""What is changed once and for all."""

PASSING = (
    Amendment(
        "weasyprint.formatting_structure.build.element_to_box", "runs._Run.element_to_box",
        "While a long list is set: counters are known where an entry begins.",
        "test_runs passes without runs",
    ),
    Amendment(
        "weasyprint.layout.make_all_pages", "runs._Run.make_all_pages",
        "While a long list is set: its pages are laid out from a part of it.",
        "test_runs passes without runs",
    ),
    Amendment(
        f"{DRAWING}.draw_text", "measuring.paper.draw_text",
        "While pages are measured: texts are noted.", "never: measures are ours", OWN,
    ),
    Amendment(
        f"{DRAWING}.text.draw_first_line", "measuring.paper.draw_first_line",
        "While pages are measured: letters of drawings are noted.", "never: measures are ours", OWN,
    ),
)  # fmt: skip
"""What is changed for a while; see `patches.instead`."""
