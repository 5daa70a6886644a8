"""Takes questions to banks of many kinds, gives a test of each bank that asks them all.

A case for each question of each bank were thousands, of which starting and telling them would be
most of what they cost. What does not hold is told of a bank at once, question by question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from inspect import Parameter, Signature, signature
from itertools import product
from typing import Any

import pytest

Question = Callable[..., None]


class Together:
    """In place of `pytest.mark.parametrize`, whose arguments it takes: a decorator of questions.

    One that also asks for a fixture stays a test of its own, with a case for each bank.
    """

    def __init__(self, names: str | tuple[str, ...], cases: Iterable[Any], **options: Any) -> None:
        self.names = _split(names)
        self.mark = pytest.mark.parametrize(names, cases, **options)
        self.asked: list[tuple[Question, dict[str, Any]]] = []

    def __call__(self, question: Question) -> Question | None:
        marks = getattr(question, "pytestmark", [])
        besides = {name for mark in marks for name in _split(mark.args[0])}
        if set(signature(question).parameters) != {*self.names, *besides}:
            return self.mark(question)
        self.asked += [(question, given) for given in _each(marks)]
        return None

    def test(self) -> Question:
        """A test of each case: of all that was given to this decorator by then."""

        def asked(**case: Any) -> None:
            assert self.asked, "nothing is asked"
            missed = [failed for each in self.asked if (failed := _failed(*each, case))]
            if missed:
                raise ExceptionGroup(f"{len(missed)} of {len(self.asked)} do not hold", missed)

        kind = Parameter.POSITIONAL_OR_KEYWORD
        asked.__signature__ = Signature([Parameter(name, kind) for name in self.names])  # type: ignore[attr-defined]
        return self.mark(asked)


def _failed(question: Question, given: dict[str, Any], case: dict[str, Any]) -> Exception | None:
    try:
        question(**case, **given)
    except Exception as error:
        error.add_note(f"{question.__name__}{given or ''}")
        return error
    return None


def _each(marks: Iterable[pytest.Mark]) -> Iterator[dict[str, Any]]:
    """What a question's own parameters are, one by one."""
    lists = [[(_split(mark.args[0]), each) for each in mark.args[1]] for mark in marks]
    for chosen in product(*lists):
        yield {name: value for names, each in chosen for name, value in _named(names, each)}


def _named(names: tuple[str, ...], each: Any) -> list[tuple[str, Any]]:
    values = each if len(names) > 1 else (each,)
    return list(zip(names, getattr(each, "values", values), strict=True))


def _split(names: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(names.replace(",", " ").split()) if isinstance(names, str) else tuple(names)
