"""Page: blocks as small HTML for a notebook, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable

from nbmlops.faces.blocks import Bars, Block, Line, Listing, Picture, Table, Tone
from nbmlops.faces.shapes import escape_text, write_svg

__all__ = ["render_html", "style_line"]

_GOOD = "color: var(--jp-success-color0, var(--vscode-testing-iconPassed, #1b5e20))"
_BAD = "color: var(--jp-error-color0, var(--vscode-errorForeground, #b71c1c))"
_QUIET = "color: var(--jp-content-font-color2, var(--vscode-descriptionForeground, #616161))"
_STYLES: dict[Tone, str] = {
    "plain": "",
    "good": _GOOD,
    "bad": _BAD,
    "quiet": _QUIET,
    "strong": "font-weight: 600",
}
_FACE = "font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px)"
_STEP, _HEIGHT = 6, 18
_CODE = "font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px)"


def render_html(blocks: Iterable[Block]) -> str:
    """Write blocks as one HTML element."""
    return f'<div class="nbmlops" style="{_FACE}">{"".join(_render_block(block) for block in blocks)}</div>'


def style_line(text: str, tone: Tone = "plain", role: str | None = None) -> str:
    """Write one sentence as an HTML element, with an ARIA role where one is given."""
    said = f' role="{escape_text(role)}"' if role else ""
    return f'<div{said} style="{_STYLES[tone]}">{escape_text(text)}</div>'


def _render_block(block: Block) -> str:
    if isinstance(block, Line):
        return style_line(block.text, block.tone)
    if isinstance(block, Table):
        return _render_table(block)
    if isinstance(block, Picture):
        return _render_picture(block)
    return _render_listing(block)


def _render_picture(picture: Picture) -> str:
    """Draw a picture in the colours of the page, and below it, folded, the same in numbers."""
    drawn = f'<div style="overflow-x: auto">{write_svg(picture.shape)}</div>'
    said = escape_text(picture.caption)
    table = f"<details><summary>in numbers</summary>{_render_table(picture.table)}</details>"
    if picture.folded:
        return f'<details style="margin: 4px 0"><summary>{said}</summary>{drawn}{table}</details>'
    caption = f'<figcaption style="{_QUIET}">{said}</figcaption>'
    return f'<figure style="margin: 8px 0">{caption}{drawn}{table}</figure>'


def _render_table(table: Table) -> str:
    if not table.rows:
        return style_line(table.empty, "quiet")
    head = "".join(_render_cell("th", text, i in table.right) for i, text in enumerate(table.headings))
    body = "".join(
        f"<tr>{''.join(_render_cell('td', text, i in table.right) for i, text in enumerate(row))}</tr>"
        for row in table.rows
    )
    thead = f"<thead><tr>{head}</tr></thead>" if any(table.headings) else ""
    return f"<table>{thead}<tbody>{body}</tbody></table>"


def _render_cell(tag: str, text: str, right: bool) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    inside = _draw_bars(text) if isinstance(text, Bars) else escape_text(text)
    return f'<{tag}{scope} style="text-align: {"right" if right else "left"}">{inside}</{tag}>'


def _draw_bars(bars: Bars) -> str:
    """Draw counts as a small picture in the colour of the text around it."""
    highest = max(bars.counts, default=0)
    if not highest:
        return ""
    rects = []
    for at, count in enumerate(bars.counts):
        high = max(1.0, _HEIGHT * count / highest) if count else 0.0
        rects.append(
            f'<rect x="{at * _STEP}" y="{_HEIGHT - high:.1f}" width="{_STEP - 1}" height="{high:.1f}"/>'
        )
    wide = len(bars.counts) * _STEP
    said = ", ".join(f"{count:,}" for count in bars.counts)
    return (
        f'<svg role="img" aria-label="counts: {said}" width="{wide}" height="{_HEIGHT}" '
        f'viewBox="0 0 {wide} {_HEIGHT}" fill="currentColor"><title>{said}</title>{"".join(rects)}</svg>'
    )


def _render_listing(listing: Listing) -> str:
    rows = []
    for mark in listing.marks:
        faint = "" if mark.kept else f' style="{_QUIET}; opacity: 0.75"'
        notes = "".join(
            f'<div style="{_QUIET}; padding-left: 2em">&larr; {escape_text(note)}</div>'
            for note in mark.notes
        )
        sign = "○" if not mark.kept else "?" if mark.assumed else "●"
        before = "" if mark.place is None else f"{sign} [{mark.place}] "
        rows.append(
            f"<div{faint}>"
            f'<pre style="{_CODE}; margin: 0; white-space: pre-wrap">{before}'
            f"{escape_text(mark.source)}</pre>{notes}</div>"
        )
    return f'<div style="margin: 4px 0">{"".join(rows)}</div>'
