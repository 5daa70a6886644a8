"""Makes the pictures of the first page: a run as a terminal shows it, the report as a browser does.

Run by `make pictures`, and kept in docs/pictures: they change with every release a little, so they
are made anew when a person wants it. The second one wants Chromium on the path.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pyte
from PIL import Image
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from manual.bank import SEEDING, shown_bank

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
_WIDTH, _HEIGHT = 120, 120  # wide enough that no line of ours is broken
_SHOWN = 84
_ROWS = 9  # rows of the table that are shown; the others are the same again
_FONTS = re.compile(r"\s*@font-face \{.*?\n    \}", re.S)
_COLOURS = {"default": None, "brown": "yellow", "brightblack": "bright_black"}
_SEEN = (1240, 860)  # of the report, in pixels
_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--force-color-profile=srgb"),
)


def run(*words: str) -> pyte.Screen:
    """The last screen of a command that has a terminal of its own."""
    screen = pyte.Screen(_WIDTH, _HEIGHT)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(_WIDTH), "LINES": str(_HEIGHT)}
        os.execv(sys.executable, [sys.executable, "-c", _DHUB, *words])
    while data := _read(terminal):
        stream.feed(data)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise SystemExit("\n".join(line.rstrip() for line in screen.display))
    return screen


_DHUB = "from dhub.cli.main import run; run()"


def _read(terminal: int) -> bytes:
    """What it says; Linux ends a terminal whose program has ended with an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def lines(screen: pyte.Screen) -> list[Text]:
    """The screen as styled text, empty lines at the end left out."""
    found = [_line(screen, row) for row in range(_HEIGHT)]
    while found and not found[-1].plain:
        found.pop()
    return found


def _line(screen: pyte.Screen, row: int) -> Text:
    text = Text()
    for column in range(_WIDTH):
        cell = screen.buffer[row][column]
        colour = _COLOURS.get(cell.fg, cell.fg)
        colour = f"#{colour}" if re.fullmatch("[0-9a-f]{6}", colour or "") else colour
        text.append(cell.data, Style(color=colour, bold=cell.bold))
    text.rstrip()
    return text


def shortened(found: list[Text]) -> list[Text]:
    """Without the middle of the long table, and the line on where this machine keeps its server."""
    found = [each for each in found if not each.plain.startswith("Using the embedded")]
    table = [n for n, each in enumerate(found) if re.match(r" +\d  \w+_db", each.plain)]
    return [*found[: table[_ROWS]], Text("    ⋮", "bright_black"), *found[table[-1] + 1 :]]


def terminal(title: str, found: list[Text]) -> str:
    """A terminal with these lines, as SVG that fetches no font."""
    console = Console(record=True, width=_SHOWN, file=StringIO(), force_terminal=True)
    for each in found:
        console.print(each)
    text = console.export_svg(title=title, theme=DIMMED_MONOKAI, unique_id="dhub")
    return _FONTS.sub("", text).replace("Fira Code, monospace", "ui-monospace, monospace")


def photograph(page: Path, target: Path) -> None:
    """The top of a page as PNG."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        raise SystemExit("There is no Chromium on the path, which takes the picture of the report.")
    width, height = _SEEN
    options = (f"--window-size={width},{height}", f"--user-data-dir={page.parent / 'profile'}")
    words = (chromium, *_QUIET, *options, f"--screenshot={target}", page.as_uri())
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    # A third of the bytes, and nobody sees it: the page has few colours.
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> int:
    """Make both."""
    FOLDER.mkdir(exist_ok=True)
    with shown_bank() as bank:
        bank.json("seed", "clear", "--confirm")
        screen = run(*SEEDING)
        shown = [Text(f"$ dhub {' '.join(SEEDING)}", "bold green"), *shortened(lines(screen))]
        (FOLDER / "run.svg").write_text(terminal("dhub seed all", shown), encoding="utf-8")
        run("verify", "--report", str(bank.folder / "bank.html"))
        photograph(bank.folder / "bank.html", FOLDER / "report.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
