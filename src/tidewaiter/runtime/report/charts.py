"""Charts of the report as Vega-Lite specifications: what is drawn, never how.

Drawn in the reader's browser by the vendored library; every chart stands beside a table with the
same figures, so nothing is lost where scripts do not run. Colours of decisions are
`words.TONES`; legends are part of the page, not of the chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from tidewaiter.runtime.report.words import TONES

Spec: TypeAlias = dict[str, Any]

BAND_WIDTH = 10
BAND_TOP = 100
SCORE_COLOUR = "#2468a8"
_COUNT_AXIS: Spec = {
    "title": None, "format": ",~d", "tickMinStep": 1, "tickCount": 4, "domain": False,
    "ticks": False,
}  # fmt: skip
_CONFIG: Spec = {
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "aria": False,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "#414b56",
        "labelFontSize": 12,
        "gridColor": "#dfe4ea",
        "domainColor": "#6b7785",
        "tickColor": "#6b7785",
    },
    "bar": {"binSpacing": 0},
}


def decisions(rows: Sequence[dict[str, Any]]) -> Spec:
    """One bar, cut by decision. Rows: `decision, n, rank`."""
    return _chart(
        rows,
        height=44,
        mark={"type": "bar", "stroke": "white", "strokeWidth": 1},
        encoding={
            "x": {
                "field": "n", "type": "quantitative", "stack": "normalize",
                "axis": {"title": None, "format": ".0%", "grid": False, "tickCount": 5},
            },
            "color": _decision_colour(),
            "order": {"field": "rank"},
            "tooltip": [{"field": "decision"}, {"field": "n", "format": ","}],
        },
    )  # fmt: skip


def periods(rows: Sequence[dict[str, Any]], order: Sequence[str], unit: str) -> Spec:
    """Stacked columns, one a day (or month). Rows: `period, decision, n, rank`."""
    return _chart(
        rows,
        height=260,
        right=30,  # half of the last label
        mark={"type": "bar", "stroke": "white", "strokeWidth": 0.5},
        encoding={
            "x": {
                "field": "period", "type": "ordinal",
                "scale": {"domain": list(order), "paddingInner": 0.15, "paddingOuter": 0.1},
                "axis": {
                    "title": None, "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8,
                    "ticks": False, "labelPadding": 6,
                },
            },
            "y": {"field": "n", "type": "quantitative", "axis": _COUNT_AXIS},
            "color": _decision_colour(),
            "order": {"field": "rank"},
            "tooltip": [
                {"field": "period", "title": unit},
                {"field": "decision"},
                {"field": "n", "title": "parcels", "format": ","},
            ],
        },
    )  # fmt: skip


def scores(rows: Sequence[dict[str, Any]], most: int) -> Spec:
    """A histogram of scores from 0 to 100. Rows: `band, band_end, range, n`; `most`: axis end."""
    return _chart(
        rows,
        height=130,
        mark={"type": "bar", "color": SCORE_COLOUR, "stroke": "white", "strokeWidth": 1},
        encoding={
            "x": {
                "field": "band", "type": "quantitative", "bin": {"binned": True},
                "scale": {"domain": [0, BAND_TOP]},
                "axis": {"title": None, "values": [0, 50, 100], "grid": False},
            },
            "x2": {"field": "band_end"},
            "y": {
                "field": "n", "type": "quantitative", "axis": {**_COUNT_AXIS, "tickCount": 3},
                "scale": {"domain": [0, most], "nice": True},
            },
            "tooltip": [
                {"field": "range", "title": "score"},
                {"field": "n", "title": "parcels", "format": ","},
            ],
        },
    )  # fmt: skip


def _decision_colour() -> Spec:
    words = [decision.value for decision in TONES]
    return {
        "field": "decision",
        "type": "nominal",
        "scale": {"domain": words, "range": list(TONES.values())},
        "legend": None,
    }


def _chart(
    rows: Sequence[dict[str, Any]], *, height: int, mark: Spec, encoding: Spec, right: int = 2
) -> Spec:
    return {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "top": 4, "right": right, "bottom": 2},
        "config": _CONFIG,
        "data": {"values": list(rows)},
        "mark": mark,
        "encoding": encoding,
    }
