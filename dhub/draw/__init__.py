"""Randomness addressed by place, never by turn: streams, shapes, stratified mixes, fan-out."""

from dhub.draw.codes import one_of
from dhub.draw.fanout import child, expand, within
from dhub.draw.order import ordered
from dhub.draw.shapes import exp, folded, quantile
from dhub.draw.strata import spread
from dhub.draw.stream import Stream, stream

__all__ = [
    "Stream",
    "child",
    "exp",
    "expand",
    "folded",
    "one_of",
    "ordered",
    "quantile",
    "spread",
    "stream",
    "within",
]
