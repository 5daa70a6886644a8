"""Takes the events of a run, or words on what is being done, and shows them while one waits.

On a terminal bars and a line that changes; in a pipe lines, few enough for the log of a container.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from dhub.flow.events import Begun, Event, Loaded, Retried
from dhub.flow.plan import PHASES
from dhub.words import counted, visible

if TYPE_CHECKING:
    from dhub.cli.show import Page

_PAUSE = 5.0  # seconds between two lines of progress where there is no terminal
_PATIENCE = 2.0  # seconds before what is being done is shown
_ROOM_FOR_BARS = 70  # columns; below, the bars would break


class Loading:
    """Follows a run: a bar for each phase and one for all of it, or lines."""

    def __init__(self, page: Page, console: Console) -> None:
        self._page, self._console = page, console
        self._bars: _Bars | None = None
        self._tally = _Tally({}, {})
        self._spoke = monotonic()
        self._takes_long = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, Begun):
            self._begin(event)
        elif isinstance(event, Loaded):
            self._loaded(event)
        elif isinstance(event, Retried):
            self._retried(event)
        else:
            self.stage(event.name)

    def _begin(self, event: Begun) -> None:
        self._tally, self._spoke = _Tally(event.expected, event.there), monotonic()
        if self._console.is_terminal:
            self._bars = _Bars(self._console, self._tally)
            self._bars.start()  # once it is known here, so that Ctrl-C finds what to stop
        if there := sum(event.there.values()):
            self._say(f"{counted(there, 'row is', 'rows are')} there already")

    def _loaded(self, event: Loaded) -> None:
        self._tally.add(event.phase, event.rows)
        if self._bars:
            self._bars.show(event.phase)
        elif monotonic() - self._spoke >= _PAUSE:
            self._takes_long, self._spoke = True, monotonic()
            self._console.print(f"Loading: {self._tally.told()}")

    def _retried(self, event: Retried) -> None:
        again = "other natural keys" if event.place else "a pause"
        told = f"shard {event.shard}, attempt {event.attempt + 1}: {event.reason}"
        self._page.note(told)
        if self._console.is_terminal:
            self._say(f"retrying with {again}: {told}")

    def stage(self, name: str, always: bool = False) -> None:
        """Say what is done now; in a pipe when that is slow, or `always`."""
        for phase, rows in sorted(self._tally.now.items()):
            self._page.note(f"phase {phase} {PHASES[phase]}: {counted(rows, 'row')}")
        self._page.note(name)
        if self._console.is_terminal or self._takes_long or always:
            self._say(name)
        if self._bars and self._tally.over:
            self._bars.fill()

    def _say(self, text: str) -> None:
        self._console.print(visible(text), style="dim", markup=False)

    def close(self) -> None:
        """Leave the bars as they stand."""
        if self._bars:
            self._bars.stop()


class _Tally:
    """The rows of each phase: expected, there before, there now."""

    def __init__(self, expected: dict[int, int], there: dict[int, int]) -> None:
        self.expected, self.there = expected, there
        self.now: Counter[int] = Counter(there)
        self._started = monotonic()

    def add(self, phase: int, rows: int) -> None:
        self.now[phase] += rows

    @property
    def over(self) -> bool:
        """Whether rows were loaded, so that the next stage is what follows loading."""
        return self.now.total() > sum(self.there.values())

    @property
    def rate(self) -> float:
        """Rows a second, without those that were there."""
        return (self.now.total() - sum(self.there.values())) / max(self.seconds, 1e-3)

    @property
    def seconds(self) -> float:
        return monotonic() - self._started

    def percent(self, phase: int | None = None) -> int:
        """Of what is expected, which is an estimate: 100 is only said at the end."""
        done = self.now.total() if phase is None else self.now[phase]
        whole = sum(self.expected.values()) if phase is None else self.expected.get(phase, 0)
        return min(99, 100 * done // whole) if whole else 0

    def left(self) -> str:
        """About how long it takes yet."""
        missing = sum(self.expected.values()) - self.now.total()
        return clock(max(missing, 0) / self.rate) if self.rate else ""

    def told(self) -> str:
        """All of it in a line."""
        whole, left = sum(self.expected.values()), self.left()
        return (
            f"{self.now.total():,} of about {counted(whole, 'row')} ({self.percent()} %), "
            f"{self.rate:,.0f} rows/s{f', about {left} left' if left else ''}"
        )


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class _Bars:
    """The bars of a terminal; of a narrow one only that of the whole."""

    def __init__(self, console: Console, tally: _Tally) -> None:
        self._tally = tally
        self._wide = console.width >= _ROOM_FOR_BARS
        self._progress = _progress(console, self._wide)
        self._tasks: dict[int, TaskID] = {}
        for phase in (phase for phase, rows in tally.expected.items() if rows and self._wide):
            self._add(phase)
        whole = sum(tally.expected.values())
        self._whole = self._progress.add_task("Total", total=whole, percent=0, rate="", left="")

    def start(self) -> None:
        self._progress.start()
        for phase in self._tally.there:
            self.show(phase)

    def _add(self, phase: int) -> None:
        self._tasks[phase] = self._progress.add_task(
            f"{phase} {PHASES[phase]}",
            total=self._tally.expected.get(phase) or None,
            percent=0,
            rate="",
            left="",
        )

    def show(self, phase: int) -> None:
        """Bring the bars of a phase and of the whole up to date."""
        tally = self._tally
        if phase in self._tasks:
            self._progress.update(
                self._tasks[phase], completed=tally.now[phase], percent=tally.percent(phase)
            )
        left = tally.left()
        self._progress.update(
            self._whole,
            completed=tally.now.total(),
            percent=tally.percent(),
            rate=f"{tally.rate:,.0f} rows/s",
            left=f"{left} left" if left else "",
        )

    def fill(self) -> None:
        """All is loaded, whatever was expected."""
        for phase, task in self._tasks.items():
            rows = self._tally.now[phase]
            self._progress.update(task, total=rows, completed=rows, percent=100)
        whole, took = self._tally.now.total(), clock(self._tally.seconds)
        self._progress.update(
            self._whole, total=whole, completed=whole, percent=100, left=f"took {took}"
        )

    def stop(self) -> None:
        self._progress.stop()


def _progress(console: Console, wide: bool) -> Progress:
    rows, rate = TextColumn("{task.completed:>11,.0f}", justify="right"), "{task.fields[rate]}"
    name = TextColumn("{task.description:22}") if wide else TextColumn("{task.description}")
    return Progress(
        name,
        *([BarColumn(bar_width=12), rows] if wide else []),
        TextColumn("{task.fields[percent]:>3} %"),
        TextColumn(rate, justify="right"),
        TextColumn("{task.fields[left]}", justify="right"),
        console=console,
        refresh_per_second=8,
    )


@contextmanager
def loading(page: Page, console: Console) -> Iterator[Loading]:
    """A listener for a run, closed when the run has ended."""
    follower = Loading(page, console)
    try:
        yield follower
    finally:
        follower.close()


class Doing:
    """Says what is being done: on a terminal a line that changes, once it takes two seconds.

    In a pipe nothing, or with `in_pipes` a line for each thing, and its count every five seconds;
    with `late` these begin after the two seconds, too.
    """

    def __init__(self, out: TextIO, in_pipes: bool = False, late: bool = False) -> None:
        self._out, self._in_pipes, self._shown = out, in_pipes or late, False
        self._late = late
        self._started, self._lock = monotonic(), threading.Lock()
        self._last, self._spoke = "", self._started

    def __enter__(self) -> Doing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._write("")

    def __call__(self, doing: str) -> None:
        with self._lock:
            now = monotonic()
            if not self._out.isatty():
                self._in_a_pipe(doing, now)
            elif now - self._started > _PATIENCE:
                self._write(f"{now - self._started:4.0f} s  {doing}")
                self._shown = True

    def _in_a_pipe(self, doing: str, now: float) -> None:
        what = doing.split(" ")[0].rstrip(":")
        if self._late and now - self._started < _PATIENCE:
            return
        if self._in_pipes and (what != self._last or now - self._spoke > _PAUSE):
            self._last, self._spoke = what, now
            print(visible(doing), file=self._out, flush=True)

    def say(self, text: str) -> None:
        """A line that stays."""
        print(text, file=self._out)

    def _write(self, text: str) -> None:
        width = Console(file=self._out).width
        self._out.write(f"\r\x1b[2K{visible(text)[: width - 1]}")
        self._out.flush()
