"""A real Chromium, headless: shows a page at several widths and tells what it measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from types import TracebackType

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--virtual-time-budget=20000",
)
_WIDTHS = (390, 820, 1280)

# The page in frames: a window of Chromium is never narrower than 500 pixels.
_MEASURE = """
const sights = [];
for (const frame of document.querySelectorAll('iframe')) {
  const page = frame.contentDocument, width = frame.clientWidth;
  page.querySelectorAll('details').forEach(each => { each.open = true; });
  const shown = [...page.querySelectorAll('svg[aria-label]')].filter(
    each => page.defaultView.getComputedStyle(each).display !== 'none');
  const empty = [], outside = [];
  const wide = [...page.querySelectorAll('body *')].filter(
    each => each.getBoundingClientRect().right > width && !each.closest('svg, .card .parts'));
  wide.forEach(each => outside.push(each.tagName + ': ' + each.textContent.slice(0, 60)));
  for (const svg of shown) {
    const name = svg.getAttribute('aria-label');
    const box = svg.getBoundingClientRect();
    const marks = svg.querySelectorAll('path, line, rect, circle, text');
    if (box.width < 200 || box.height < 40 || marks.length < 5) empty.push(name);
    const card = svg.closest('.card');
    const edge = (card || page.documentElement).getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const at = text.getBoundingClientRect();
      const inside = at.left >= edge.left && at.right <= edge.right;
      if (!inside) outside.push(name + ': ' + text.textContent);
    }
  }
  sights.push({width, empty, outside, plots: shown.length,
    heading: page.querySelector('h1').textContent, scroll: page.documentElement.scrollWidth});
}
const told = document.createElement('pre');
told.id = 'told';
told.textContent = JSON.stringify(sights);
document.body.append(told);
"""


@dataclass(frozen=True)
class Sight:
    """The page at one width: its heading, how many pictures it shows, and what is wrong."""

    width: int
    heading: str
    plots: int
    scroll: int
    empty: list[str]
    outside: list[str]


@dataclass(frozen=True)
class Probe:
    """What the browser said on its console, and what it showed at each width."""

    console: list[str]
    sights: list[Sight]


@dataclass(frozen=True)
class Chromium:
    """A program, and a folder for its profile and pages that is removed in the end."""

    program: str
    folder: Path

    @classmethod
    def find(cls) -> Chromium | None:
        """The first Chromium or Chrome on the path."""
        program = next(filter(None, map(shutil.which, _NAMES)), None)
        return cls(program, Path(tempfile.mkdtemp(prefix="dhub-browser-"))) if program else None

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def show(self, text: str) -> Probe:
        """Show a page at all widths side by side."""
        frames = "".join(
            f'<iframe srcdoc="{escape(text)}" style="width:{width}px;height:900px"></iframe>'
            for width in _WIDTHS
        )
        file = self.folder / "frames.html"
        file.write_text(
            f'<!doctype html><meta charset="utf-8"><style>iframe{{border:0}}</style>{frames}'
            f'<script>addEventListener("load", () => {{{_MEASURE}}})</script>',
            encoding="utf-8",
        )
        done = self._run("--dump-dom", file.as_uri())
        told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
        assert told, f"the browser measured nothing: {done.stderr[-2000:]}"
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return Probe(console, [Sight(**each) for each in json.loads(unescape(told[1]))])

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (self.program, *_QUIET, f"--user-data-dir={self.folder / 'profile'}", *words),
            capture_output=True,
            text=True,
            timeout=180,
        )
