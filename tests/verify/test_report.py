"""The report: what it says, that it loads nothing, and that a real browser draws it whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from reporting.browser import Chromium, Probe
from verifying.bank import seeded

from dhub.bank import BANK
from dhub.errors import UsageError
from dhub.estate.databases import Estate
from dhub.flow.request import Request
from dhub.verify.model import (
    DISTRIBUTIONS,
    FAILED,
    INVARIANTS,
    NOT_YET,
    OK,
    REALISM,
    REFERENCES,
    REPORTED,
    Finding,
    Part,
    Picture,
    Result,
)
from dhub.verify.report import PICTURES, page, write_report
from dhub.verify.run import verify

NASTY = '<img src=x onerror="alert(1)">&amp;'
BROKEN = (
    Finding(INVARIANTS, "A02", "balances agree", FAILED, 1150, 7, ("1000001", NASTY)),
    Finding(REFERENCES, "loans_db.loans.linked_account_id", NASTY, FAILED, 328, 1, ("5",)),
    Finding(
        DISTRIBUTIONS,
        "customers.segment",
        "customers by segment",
        FAILED,
        1200,
        1,
        ("retail",),
        (Part("retail", 0.6, 0.9, 1200, 0.07, False), Part(NASTY, 0.4, 0.1, 1200, 0.07, False)),
    ),
    Finding(
        REALISM,
        "realism.benford",
        "first digits",
        FAILED,
        9000,
        1,
        (),
        (Part("realism.benford", (None, 0.015), 0.03, 9000, None, False),),
        "told",
    ),
    Finding(INVARIANTS, "E18", "instalments show in the account", NOT_YET),
)


@pytest.fixture(scope="module", autouse=True)
def drawn_once() -> Iterator[None]:
    """The pages show nearly the same plots, and a page has a hundred of them."""
    drawn: dict[str, str] = {}
    draw = vl_convert.vegalite_to_svg

    def once(spec: dict[str, Any], **options: Any) -> str:
        key = json.dumps([spec, options], default=str)
        if key not in drawn:
            drawn[key] = draw(spec, **options)
        return drawn[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_convert, "vegalite_to_svg", once)
        yield


@pytest.fixture(scope="module")
def result(make_migrated: Callable[[], Estate]) -> Result:
    """A bank of 600 customers, verified with the queries of the plots."""
    estate = seeded(make_migrated, Request(scale="0.5", seed="42", as_of="2026-11-20"))
    return verify(estate, BANK, pictures=PICTURES)


@pytest.fixture(scope="module")
def failing(result: Result) -> Result:
    """The same bank, some checks of which are said to have failed."""
    said = {each.id for each in BROKEN}
    kept = tuple(each for each in result.findings if each.id not in said)
    return replace(result, findings=(*kept, *BROKEN))


@pytest.fixture(scope="module")
def text(result: Result) -> str:
    return page(result, result.pictures)


@pytest.fixture(scope="module")
def failing_text(failing: Result) -> str:
    return page(failing, failing.pictures)


class Seen(HTMLParser):
    """What a page has: tags with their attributes, ids, and its text without markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


seen = cache(Seen)


def test_the_verdict_stands_first(text: str, failing_text: str, result: Result) -> None:
    assert "<h1>The bank holds</h1>" in text
    assert "<h1>4 checks failed</h1>" in failing_text
    one = page(replace(result, findings=BROKEN[:1]), {})
    assert "<h1>1 check failed</h1>" in one


def test_the_run_is_told(text: str) -> None:
    told = seen(text).text
    for words in ("seed42", "scale0.5", "profileguide", "as of2026-11-20", "customers600"):
        assert words in told


def test_nothing_is_loaded(text: str, failing_text: str) -> None:
    for each in (text, failing_text):
        found = seen(each)
        tags = {tag for tag, _ in found.tags}
        assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "image", "use"})
        assert not found.values("src")
        assert all(value.startswith("#") for value in found.values("href"))
        assert set(re.findall(r"https?://[^\"' ]+", each)) <= {"http://www.w3.org/2000/svg"}
        assert not re.search(r"url\((?!#)|@import", each)


def test_every_failed_check_is_named_with_what_breaks_it(failing_text: str) -> None:
    listed = failing_text.partition('<ol class="failures">')[2].partition("</ol>")[0]
    told = Seen(listed).text
    for finding in BROKEN[:4]:
        assert finding.id in told
        assert finding.title in told
    assert "1000001" in told and "and 5 more" in told
    assert "retail: asked 60.0%, found 90.0%" in told
    assert "asked at most 0.015, found 0.03" in told
    assert told.count("E18") == 0


def test_links_lead_somewhere_and_ids_are_unique(failing_text: str) -> None:
    found = seen(failing_text)
    ids = found.values("id")
    repeated = {each for each in ids if ids.count(each) > 1}
    assert repeated == set()
    assert {value[1:] for value in found.values("href")} <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", failing_text)) <= set(ids)


def test_what_the_tables_hold_is_escaped(failing_text: str) -> None:
    assert "<img" not in failing_text
    assert failing_text.count("&lt;img src=x onerror=") >= 4


def test_sections_with_failures_are_open_and_others_shut(text: str, failing_text: str) -> None:
    def opened(page: str) -> set[str]:
        return {
            str(attrs["id"])
            for tag, attrs in seen(page).tags
            if tag == "details" and attrs.get("class") == "section" and "open" in attrs
        }

    assert opened(text) == set()
    assert opened(failing_text) == {REFERENCES, INVARIANTS, DISTRIBUTIONS, REALISM}


def test_the_six_databases_stand_with_their_rows_and_keys(result: Result, text: str) -> None:
    drawn = re.findall(r'<svg class="map.*?</svg>', text, re.DOTALL)
    assert len(drawn) == 2
    for picture in drawn:
        told = Seen(picture).text
        for database, tables in result.rows.items():
            assert f"{database}{sum(tables.values()):,}" in told
            for table, rows in tables.items():
                assert f"{table}{rows:,}" in told
        assert "customer_id → accounts_db.customers" in told
        assert picture.count('class="key k') == 20
        assert "broken" not in picture


def test_a_key_that_dangles_is_drawn_broken(failing_text: str) -> None:
    assert "linked_account_id → accounts_db.accounts: broken" in failing_text
    assert failing_text.count('class="key broken"') == 2  # in the wide and in the narrow picture


def test_every_plot_is_drawn(result: Result, text: str) -> None:
    drawn = re.findall(r'<figure class="card plot" id="([^"]+)">(.*?)</figure>', text, re.DOTALL)
    assert [name for name, _ in drawn] == list(PICTURES)
    for name, body in drawn:
        assert "<svg" in body and "Not drawn" not in body, name
        assert "NaN" not in body and "undefined" not in body, name
    mixes = [each for each in result.of(DISTRIBUTIONS) if len(each.parts) > 1]
    assert len(mixes) > 30
    assert text.count('<figure class="card ok"') + text.count('<figure class="card reported"') > 30


def test_every_picture_says_what_it_shows(text: str) -> None:
    for tag, attrs in seen(text).tags:
        if tag == "svg":
            assert attrs.get("aria-label") or attrs.get("aria-hidden") == "true"


def test_every_number_of_a_distribution_can_be_read(result: Result, text: str) -> None:
    told = seen(text).text
    for finding in result.of(DISTRIBUTIONS):
        assert finding.id in told
        for part in finding.parts if len(finding.parts) > 1 else ():
            assert part.name.replace("_", " ") in told


def test_it_stays_small(failing_text: str) -> None:
    assert len(failing_text.encode()) < 2_000_000


def test_tables_that_are_not_seeded_leave_no_plot(result: Result) -> None:
    some = {name: each for name, each in result.pictures.items() if not name.startswith("loans.")}
    nothing = Picture(result.pictures["money.months"].columns, ())
    text = page(replace(result, findings=()), {**some, "money.months": nothing})
    assert 'id="loans"' not in text and 'href="#loans"' not in text
    assert 'id="money.months"' not in text


def test_a_bank_with_odd_values_still_gets_its_report(result: Result) -> None:
    odd = replace(result.pictures["money.week"], rows=((99, None, None),))
    text = page(replace(result, findings=()), {"money.week": odd})
    assert "Not drawn: the tables hold values that do not fit" in text


def test_a_file_that_cannot_be_written_is_a_wrong_path(result: Result, tmp_path: Path) -> None:
    result = replace(result, findings=())
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(tmp_path, result, {})


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_can_be_read_on_its_ground_in_light_dark_and_print(text: str) -> None:
    style = text.partition("<style>")[2].partition("</style>")[0]
    schemes = [dict(re.findall(r"--([\w-]+): (#\w+)", each)) for each in style.split(":root")[1:]]
    assert len(schemes) == 3
    for colours in schemes:
        for ink in ("ink", "muted", "good", "bad", "link"):
            for ground in ("page", "card", "bad-wash"):
                ends = sorted(_luminance(colours[each]) + 0.05 for each in (ink, ground))
                assert ends[1] / ends[0] >= 4.5, (ink, ground, colours[ink])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    found = Chromium.find()
    if found is None:
        pytest.skip("no Chromium or Chrome is installed, so no browser draws the report")
    with found as browser:
        yield browser


@pytest.fixture(scope="module", params=["holds", "fails"])
def probe(request: pytest.FixtureRequest, chromium: Chromium) -> Probe:
    """The page as the browser shows it on a phone, a tablet and a screen, all sections open."""
    shown = "text" if request.param == "holds" else "failing_text"
    return chromium.show(request.getfixturevalue(shown))


def test_a_browser_has_nothing_to_complain_about(probe: Probe) -> None:
    assert probe.console == []


def test_a_browser_shows_the_verdict(probe: Probe) -> None:
    for each in probe.sights:
        assert each.heading in ("The bank holds", "4 checks failed")


def test_a_browser_draws_every_plot(probe: Probe, result: Result) -> None:
    for each in probe.sights:
        assert each.plots >= len(PICTURES) + 30
        assert each.empty == []


def test_nothing_leaves_its_card_and_no_page_scrolls_sideways(probe: Probe) -> None:
    for each in probe.sights:
        assert each.scroll <= each.width
        assert each.outside == []


def test_statuses_are_told_in_words(text: str) -> None:
    badges = set(re.findall(r'class="badge [^"]+"><i aria-hidden="true">.</i> ([^<]+)<', text))
    assert {OK, FAILED, REPORTED} <= badges
