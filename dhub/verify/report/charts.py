"""Takes rows, gives charts: Vega-Lite specifications, and their drawing as plain SVG.

Colours are CSS variables of the page, so that one drawing serves light, dark and paper. Every
chart is `WIDTH` wide, which is about what a phone shows: text keeps its size on any screen.
A row may carry `tip`, the words shown for its mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Any
from xml.etree import ElementTree

Row = Mapping[str, Any]
Spec = dict[str, Any]

WIDTH = 320
HEIGHT = 190
SERIES = ("var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)")
_SVG = "http://www.w3.org/2000/svg"
_NUMBER = re.compile(r"-?\d+\.\d+")
_SILENT = {"class", "role", "aria-roledescription", "aria-label", "aria-hidden", "pointer-events"}
_TIP = {"description": {"field": "tip"}}
_LETTER = 6.2  # the width that a letter of a label may take in the reader's font
_PLAIN = {"fill": "currentColor", "fillOpacity": 0.75, "fontSize": 11}

_CONFIG: Spec = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--muted)",
        "titleColor": "var(--muted)",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": 400,
        "gridColor": "var(--line)",
        "domainColor": "var(--axis)",
        "tickColor": "var(--axis)",
        "labelLimit": 170,
        "labelOverlap": True,
        "labelSeparation": 8,
        "tickSize": 3,
    },
    "title": {"color": "var(--muted)", "fontSize": 11, "fontWeight": 400},
    "axisX": {"grid": False},
    "axisY": {"domain": False, "ticks": False, "tickCount": 4},
    "legend": {
        "labelColor": "var(--muted)",
        "orient": "top",
        "title": None,
        "labelFontSize": 11,
        "symbolSize": 70,
        "symbolType": "square",
        "offset": 4,
        "columnPadding": 14,
    },
}


def svg(spec: Spec, label: str) -> str:
    """The drawing as an SVG element that reads `label` aloud; marks keep their tips as titles."""
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    root = ElementTree.fromstring(drawn)
    _lighten(root)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _lighten(node: ElementTree.Element) -> None:
    """Drop what is invisible, round coordinates, turn the words of a mark into its title."""
    for child in list(node):
        if child.get("display") == "none" or child.get("class") == "background":
            node.remove(child)
        else:
            _lighten(child)
    tip = node.get("aria-label") if node.get("role") == "graphics-symbol" else None
    if tip and node.get("aria-roledescription") not in {"axis", "legend", "title"}:
        title = ElementTree.Element(f"{{{_SVG}}}title")
        title.text = tip
        node.insert(0, title)
    for name in _SILENT.intersection(node.keys()):
        del node.attrib[name]
    for name in ("d", "transform"):
        if name in node.attrib:
            node.set(name, _NUMBER.sub(_short, node.attrib[name]))


def _short(number: re.Match[str]) -> str:
    return f"{float(number.group()):.1f}".removesuffix(".0")


def _chart(layers: Sequence[Spec], height: int = HEIGHT, title: str | None = None) -> Spec:
    """The layers as a chart; `title` says what its upright axis measures, above it."""
    above = {"text": title, "anchor": "start", "frame": "bounds", "offset": 6} if title else None
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 4,
        "config": _CONFIG,
        "title": above,
        "layer": list(layers),
    }


def _layer(rows: Sequence[Row], mark: Spec, **encoding: Any) -> Spec:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": {**encoding, **_TIP}}


def _quantity(field: str, title: str | None, form: str = "~s", **more: Any) -> Spec:
    plain = "datum.value == 0 && indexof(datum.label, '%') < 0 ? '0' : datum.label"
    axis = {"title": title, "format": form, "labelExpr": plain, **more.pop("axis", {})}
    return {"field": field, "type": "quantitative", "axis": axis, **more}


def _kind(field: str, title: str | None, order: Sequence[Any] | None, **axis: Any) -> Spec:
    named = {"title": title, "labelAngle": 0, **axis}
    return {"field": field, "type": "ordinal", "sort": list(order or []) or None, "axis": named}


def _names(rows: Sequence[Row]) -> Spec:
    """The upright axis of names in the order of the rows, with room for the longest."""
    names = list(dict.fromkeys(row["y"] for row in rows))
    return _kind("y", None, names, minExtent=_LETTER * max(map(len, names)))


def _colour(
    rows: Sequence[Row], colours: Sequence[str], order: Sequence[str] | None, room: float = WIDTH
) -> Spec:
    """The colour of each series, or the first colour where there is one series only.

    The legend takes two columns where its names do not fit into `room` side by side.
    """
    if "of" not in rows[0]:
        return {"value": colours[0]}
    names = list(order or dict.fromkeys(row["of"] for row in rows))
    scale = {"domain": names, "range": list(colours[: len(names)])}
    wide = sum(_LETTER * len(name) + 28 for name in names) > room - 20
    legend = {"columns": 2} if wide else {}
    return {"field": "of", "type": "nominal", "scale": scale, "sort": names, "legend": legend}


def columns(
    rows: Sequence[Row],
    x: str | None,
    y: str | None,
    *,
    form: str = "~s",
    order: Sequence[Any] | None = None,
    series: Sequence[str] | None = None,
    colours: Sequence[str] = SERIES,
    beside: bool = False,
    every: Sequence[Any] | None = None,
    curve: Sequence[Row] = (),
) -> Spec:
    """Upright bars of `y` over `x`, stacked (or `beside` each other) by `of`; perhaps a curve.

    `every` names the places on the x axis that are labelled.
    """
    labels = {"values": list(every)} if every is not None else {}
    across = _kind("x", x, order or list(dict.fromkeys(row["x"] for row in rows)), **labels)
    up = _quantity("y", None, form, stack=None if beside else "zero")
    paint = _colour(rows, colours, series)
    more = {"xOffset": {"field": "of", "sort": paint.get("sort")}} if beside else {}
    bar: Spec = {"type": "bar", "cornerRadiusEnd": 0 if "of" in rows[0] else 1.5}
    layers = [_layer(rows, bar, x=across, y=up, color=paint, **more)]
    if curve:
        line = {"type": "line", "stroke": "var(--c2)", "strokeWidth": 2}
        dots = {"type": "circle", "color": "var(--c2)", "size": 40, "opacity": 1}
        layers += [_layer(curve, mark, x=across, y={**up, "stack": None}) for mark in (line, dots)]
    return _chart(layers, title=y)


def rows_of(
    rows: Sequence[Row],
    x: str | None,
    *,
    form: str = "~s",
    series: Sequence[str] | None = None,
    colours: Sequence[str] = SERIES,
    labelled: bool = True,
) -> Spec:
    """Lying bars of `x` over the names `y`, stacked by `of`; `label` stands at the end of a bar."""
    up = _names(rows)
    paint = _colour(rows, colours, series, WIDTH - up["axis"]["minExtent"])
    room = {"scale": {"domainMax": max(row["x"] for row in rows) * label_room(rows) or 1}}
    more = room if labelled else {}
    ticks: Spec = {"values": [0, 0.25, 0.5, 0.75, 1]} if form.endswith("%") else {"tickCount": 5}
    along = _quantity("x", x, form, axis={"grid": True, **ticks}, **more)
    layers = [_layer(rows, {"type": "bar", "height": {"band": 0.7}}, x=along, y=up, color=paint)]
    if labelled:
        words = {"type": "text", "align": "left", "dx": 5, **_PLAIN}
        layers.append(_layer(rows, words, x=along, y=up, text={"field": "label"}))
    count = len(up["sort"])
    return _chart(layers, 52 + (25 if count < 7 else 20) * count + _legend_height(paint))


def label_room(rows: Sequence[Row]) -> float:
    """How much longer than its longest bar an axis must be for the labels at the ends."""
    space = WIDTH - 20 - _LETTER * max(len(row["y"]) for row in rows)
    return space / (space - 12 - 7 * max(len(row.get("label", "")) for row in rows))


def _legend_height(paint: Spec) -> int:
    return 14 * (2 if paint["legend"] else 1) + 8 if "legend" in paint else 0


def ranges(rows: Sequence[Row], x: str, *, form: str = "~s", log: bool = False) -> Spec:
    """For each name `y` a line from `low` to `high`, a box from `q1` to `q3`, the median `mid`."""
    up = _names(rows)
    scale = {"type": "log" if log else "linear", "zero": False, "nice": not log}
    axis: Spec = {"tickCount": 5, "grid": True}
    if log:
        low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
        axis["values"] = _places(low, high)

    def along(field: str) -> Spec:
        return _quantity(field, x, form, scale=scale, axis=axis)

    def span(low: str, high: str, mark: Spec) -> Spec:
        return _layer(rows, mark, x=along(low), x2={"field": high}, y=up)

    middle = {"type": "tick", "color": "var(--c2)", "thickness": 3, "height": 16}
    return _chart(
        [
            span("low", "high", {"type": "rule", "stroke": "var(--c1)", "strokeWidth": 2}),
            span("q1", "q3", {"type": "bar", "color": "var(--c1)", "height": 12}),
            _layer(rows, middle, x=along("mid"), y=up),
        ],
        60 + (28 if len(rows) < 7 else 20) * len(rows),
    )


def _places(low: float, high: float) -> list[float]:
    """Powers of ten from `low` to `high`, with their thirds where they are few."""
    powers = [10.0**power for power in range(floor(log10(low)), ceil(log10(high)) + 1)]
    places = powers if high > 1000 * low else [place * step for place in powers for step in (1, 3)]
    return [place for place in places if low <= place <= high]


def lines(
    rows: Sequence[Row],
    x: str | None,
    y: str | None,
    *,
    form: str = "~s",
    order: Sequence[Any] | None = None,
    series: Sequence[str] | None = None,
    colours: Sequence[str] = SERIES,
    points: bool = True,
    zero: bool = True,
) -> Spec:
    """Lines of `y` over `x`, one for each `of`; without `order`, x is a number (in percent)."""
    across = _kind("x", x, order) if order else _quantity("x", x, ".0%", axis={"tickCount": 5})
    up = _quantity("y", None, form, scale={"zero": zero})
    paint = _colour(rows, colours, series)
    if "field" in paint:
        paint["legend"] |= {"symbolType": "stroke", "symbolStrokeWidth": 3}
    layers = [_layer(rows, {"type": "line", "strokeWidth": 2}, x=across, y=up, color=paint)]
    if points:
        filled = {**paint, "legend": None} if "field" in paint else paint
        dots = {"type": "point", "filled": True, "size": 36, "opacity": 1}
        layers.append(_layer(rows, dots, x=across, y=up, color=filled))
    return _chart(layers, title=y)


def grid(rows: Sequence[Row], form: str = ".0%") -> Spec:
    """A cell for each `x` beside `y`, in the order of the rows, stronger by `n`, a share."""
    up = _names(rows)
    across = _kind("x", None, list(dict.fromkeys(row["x"] for row in rows)))
    across["axis"] |= {"orient": "top", "labelAngle": -35, "labelAlign": "left", "domain": False}
    across["axis"] |= {"labelOverlap": False}
    strong = {"field": "n", "type": "quantitative", "legend": None}
    shown = strong | {"scale": {"domain": [0, 1], "range": [0.05, 0.6], "type": "sqrt"}}
    cell = {"type": "rect", "color": "var(--c1)", "cornerRadius": 2}
    label = {"field": "n", "type": "quantitative", "format": form}
    return _chart(
        [
            _layer(rows, cell, x=across, y=up, fillOpacity=shown),
            _layer(rows, {"type": "text", **_PLAIN}, x=across, y=up, text=label),
        ],
        64 + 21 * len(up["sort"]),
    )


def geography(rows: Sequence[Row], links: Sequence[Row], *, series: Sequence[str]) -> Spec:
    """Places by longitude `x` and latitude `y`: a circle as large as `n` in the colour of `of`, the
    `label` in it, and `links` between places from (`x`, `y`) to (`x2`, `y2`), as strong as `n`."""

    def at(field: str) -> Spec:
        margin = 1.5  # degrees, so that no circle is cut
        low, high = (end(row[field] for row in rows) for end in (min, max))
        scale = {"domain": [low - margin, high + margin], "nice": False, "zero": False}
        return {"field": field, "type": "quantitative", "axis": None, "scale": scale}

    across, up, paint = at("x"), at("y"), _colour(rows, SERIES, series)
    paint["legend"] |= {"symbolType": "circle"}
    size = {"field": "n", "type": "quantitative", "scale": {"range": [0, 520]}, "legend": None}
    wide = {"field": "n", "type": "quantitative", "scale": {"range": [0.5, 4]}, "legend": None}
    circle = {"type": "circle", "opacity": 0.55}
    words = {"type": "text", "fill": "currentColor", "fontSize": 10}
    layers = [
        _layer(rows, circle, x=across, y=up, color=paint, size=size),
        _layer(rows, words, x=across, y=up, text={"field": "label"}),
    ]
    if links:
        ends = {"x2": {"field": "x2"}, "y2": {"field": "y2"}, "strokeWidth": wide}
        rule = {"type": "rule", "stroke": "var(--c5)", "opacity": 0.6}
        layers.insert(0, _layer(links, rule, x=across, y=up, **ends))
    return _chart(layers, HEIGHT + _legend_height(paint))


def bands(rows: Sequence[Row], form: str) -> Spec:
    """Asked beside found: a band from `low` to `high`, a tick where `asked`, a dot where `found`.

    `holds` says whether the dot is where it should be.
    """
    up = _names(rows)
    axis = {"tickCount": 4, "grid": True}

    def along(field: str) -> Spec:
        return _quantity(field, None, form, axis=axis, scale={"zero": True})

    band = {"type": "bar", "color": "var(--band)", "height": 13, "cornerRadius": 2}
    tick = {"type": "tick", "color": "currentColor", "thickness": 2, "height": 13}
    dot = {"type": "circle", "size": 52, "opacity": 1, "stroke": "var(--card)", "strokeWidth": 1}
    scale = {"domain": [True, False], "range": ["var(--c1)", "var(--bad)"]}
    paint = {"field": "holds", "type": "nominal", "scale": scale, "legend": None}
    asked = [row for row in rows if row["asked"] is not None]
    found = [row for row in rows if row["found"] is not None]
    banded = [row for row in rows if row["low"] is not None]
    layers = [
        _layer(banded, band, x=along("low"), x2={"field": "high"}, y=up),
        _layer(asked, tick, x=along("asked"), y=up),
        _layer(found, dot, x=along("found"), y=up, color=paint),
    ]
    return _chart([each for each in layers if each["data"]["values"]], 34 + 21 * len(rows))
