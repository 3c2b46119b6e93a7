"""The HTML report of a run: one file with figures, charts and the reasons of each held parcel.

`render` gives the whole page as text. Style, script and the charts library stand inside it; it
asks the network for nothing, and says so to the browser (a Content-Security-Policy that allows
only its own scripts, by digest). What senders wrote is escaped, isolated in its writing direction
and stripped of control characters. Decides nothing: every word and figure comes from the run.

Page habits: WCAG 2.2 level AA, readable without scripts, at 360 px and on paper.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from tidewaiter.runtime.report import words
from tidewaiter.runtime.report.page import page
from tidewaiter.runtime.report.view import ReportView

__all__ = ["ReportView", "render"]

HERE = Path(__file__).resolve().parent
VENDOR = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")
#: control characters, which no sentence needs and some of which hide or turn text
_CONTROLS = dict.fromkeys(
    (
        *range(9), 11, 12, *range(14, 32), *range(127, 160),
        *range(0x202A, 0x202F), *range(0x2066, 0x206A),
    ),
    "\ufffd",
)  # fmt: skip


def render(view: ReportView) -> str:
    """Write the report.

    Args:
        view: a finished run.

    Returns:
        The page as one HTML document.
    """
    drawn = bool(view.summary.count("parcels"))
    scripts = _scripts(with_charts=drawn)
    return _template().render(
        **page(view),
        words=words,
        style=_style(),
        scripts=scripts,
        policy=_policy(scripts),
        drawn=drawn,
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    environment.filters.update(
        number=words.number,
        money=words.money,
        hs=words.hs_code,
        person=words.person,
        confidence=words.confidence,
    )
    environment.globals["share"] = words.share
    unindented = re.sub(r"\n[ ]+", "\n", _text("template.html"))
    return environment.from_string(unindented)


def _clean(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return value.translate(_CONTROLS)
    return words.UNKNOWN if value is None else value


@cache
def _style() -> Markup:
    tones = "".join(f"--tone-{rank}:{tone};" for rank, tone in enumerate(words.TONES.values()))
    return Markup(f":root{{{tones}}}\n{_text('report.css')}")  # noqa: S704 - our own file


@cache
def _scripts(*, with_charts: bool) -> tuple[Markup, ...]:
    """Give the scripts to inline: the charts library with its licences, then our own."""
    parts = [_text("report.js")]
    if with_charts:
        licences = f"/*!\n{_text('vendor/LICENCES.txt')}*/\n"
        library = [re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", _vendored(f)) for f in VENDOR]
        parts = [licences + library[0], *library[1:], *parts]
    return tuple(Markup(part) for part in parts)  # noqa: S704 - our own and vendored files


def _policy(scripts: tuple[Markup, ...]) -> str:
    """Give the Content-Security-Policy: nothing but the scripts of this page, known by digest."""
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _digest(script: Markup) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _vendored(name: str) -> str:
    return _text(f"vendor/{name}")


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
