"""The pages that the code tells: nothing of it is missing from them, and nothing is told twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from fixtures.command import Dhub
from typer.main import get_command

from dhub.bank import BANK
from dhub.catalog import load_catalog
from dhub.cli import app, stopping
from dhub.domains.plaid import LABELS
from dhub.errors import DhubError
from dhub.estate.databases import Estate
from dhub.others import PLAID
from dhub.plaid.features import FEATURES
from dhub.profiles import load_profile
from dhub.profiles.loader import SHIPPED
from dhub.settings import Settings
from dhub.verify.run import catalogue, verify
from manual import checks, commands, databases, documents, er, glossary, nav, plaid, profiles
from manual.__main__ import _DOCS, REFERENCE, _by_hand
from manual.markdown import plain, table, value
from manual.schema import relations

COMMANDS = dict(commands.commands(get_command(app.app)))
# No diagram is drawn here: what draws them is installed with the manual alone.
WIDTHS = dict.fromkeys((*(each.database for each in BANK), "estate"), 1000)
# Made from a bank on a server of its own.
PAGES_OF_A_BANK = ("json.md", "questions.md", "statements.md")
# Without a document on the page, each for its reason.
NO_DOCUMENT = {
    "dhub server start": "would leave a server running",
    "dhub server stop": "says what it stopped, of which there is nothing",
    "dhub profile check": "wants a file",
    "dhub datahub ingest": "wants DataHub's client",
    "dhub datahub metadata": "a verification takes a minute of the building",
    "dhub datahub pack": "wants DataHub's client",
    "dhub datahub recipes": "wants a server that stays",
}


@pytest.fixture(scope="module")
def told(shown_bank: Estate) -> databases.Told:
    """A small bank; the manual's own is larger and no other."""
    schema = {each.database: relations(shown_bank, each.database) for each in BANK}
    return databases.Told(BANK, load_catalog(), schema, verify(shown_bank, BANK), WIDTHS)


@pytest.fixture(scope="module")
def pages(told: databases.Told) -> dict[str, str]:
    """All pages but that of the JSON documents, which needs a server of its own."""
    return dict(
        [
            *commands.pages(),
            *databases.pages(told),
            *plaid.pages(),
            *profiles.pages(),
            *checks.pages(told.result),
            *glossary.pages(told.catalog),
        ]
    )


def part(page: str, title: str) -> str:
    """What stands below a heading of the second level."""
    return page.split(f"\n## {title} {{", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_with_its_options_and_examples(name: str) -> None:
    told = part(dict(commands.pages())["commands.md"], name)
    shown = [each for each in COMMANDS[name].params if not getattr(each, "hidden", False)]
    words = {word for each in shown for word in each.opts if word.startswith("-")}
    missing = {word for word in words - {"-h", "--help"} if word not in told}
    assert missing == set()
    assert f"```bash\n{name}" in told


def test_commands_are_told_in_the_order_of_help(dhub: Dhub) -> None:
    told = re.findall(r"^  (\w+)  ", dhub("--help").out.split("Commands:")[1], re.M)
    page = dict(commands.pages())["commands.md"]
    assert list(dict.fromkeys(re.findall(r"^## dhub (\w+)", page, re.M))) == told


def test_every_setting_and_every_exit_code_is_told() -> None:
    found = dict(commands.pages())
    settings = re.findall(r"^\| `(DHUB_\w+)` \| [\w ]+ \| \S", found["settings.md"], re.M)
    assert settings == [f"DHUB_{name.upper()}" for name in Settings.model_fields]
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", found["exit-codes.md"], re.M)}
    errors = {each.exit_code for each in DhubError.__subclasses__()}
    assert codes == errors | {0, 1, stopping.INTERRUPTED, stopping.TERMINATED}


def test_every_table_has_its_page_with_every_column(
    told: databases.Told, pages: dict[str, str]
) -> None:
    for database, table_ in told.catalog.tables():
        public = table_.schema == "public"
        name = table_.name if public else "reports"
        page = pages[f"databases/{database.name}/{name}.md"]
        page = page if public else part(page, table_.name)
        for column in table_.columns.values():
            row = re.search(rf"^\| `{column.name}` \|(.*)\|$", page, re.M)
            assert row, f"{database.name}.{table_.name}.{column.name}"
            cells = [cell.strip() for cell in row[1].split(" | ")]
            assert cells[0] and cells[1] and cells[3] == column.classification, row[0]


def test_rows_of_the_bank_are_shown(told: databases.Told, pages: dict[str, str]) -> None:
    for database, found in told.schema.items():
        for each in found:
            if each.schema == "public":
                shown = pages[f"databases/{database}/{each.name}.md"].split("## Five rows")[1]
                assert len(re.findall(r"^\| ", shown, re.M)) - 2 == min(each.count, 5) > 0
                assert value(each.rows[0][0]) in shown


def test_every_check_is_told_where_its_table_says_so(
    told: databases.Told, pages: dict[str, str]
) -> None:
    sections = {each.id: each.section for each in told.result.findings}
    assert {each.id for each in catalogue()} <= sections.keys()
    for check, section in sections.items():
        assert f"{{ #{checks.anchor(check)} }}" in pages[f"checks/{section}.md"]
    for database, table_ in told.catalog.tables():
        name = table_.name if table_.schema == "public" else "reports"
        for check in table_.checks:
            link = f"checks/{sections[check]}.md#{checks.anchor(check)})"
            assert link in pages[f"databases/{database.name}/{name}.md"], (table_.name, check)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_figure_is_told_with_its_source(name: str) -> None:
    page = dict(profiles.pages())[f"profiles/{name}.md"]
    for figure in load_profile(name).figures():
        assert re.search(
            rf"`{re.escape(figure.path)}`.* \| \S.* \| {figure.source} \|$", page, re.M
        )


def test_every_column_of_outside_accounts_is_told_and_no_other(pages: dict[str, str]) -> None:
    told = plaid.told()
    shared = set(told.pop("window"))
    for each in (*PLAID[0].tables, LABELS, *FEATURES):
        own = {column.name for column in each.columns}
        own -= shared if each in FEATURES else set()
        assert set(told.pop(each.name)) == own | {"about"}, each.name
    assert told == {}
    for each in PLAID[0].tables:
        page = pages[f"plaid/{each.name}.md"]
        assert [name for name in re.findall(r"^\| `(\w+)` \|", page, re.M)] == [
            column.name for column in each.columns
        ]


def test_examples_of_outside_accounts_are_those_of_the_data(pages: dict[str, str]) -> None:
    page = pages["plaid/index.md"]
    assert '"user_id": "user_001"' in page and '"window_days": 180' in page
    assert len(re.findall(r"^\| <code>2025-\d\d-\d\d</code>", page, re.M)) > 3


def test_the_diagram_draws_every_key(told: databases.Told) -> None:
    for database, found in told.schema.items():
        source = er.of_database(told.catalog, database, told.schema)
        lines = source.splitlines()
        for each in found:
            for key in each.foreign_keys if each.schema == "public" else ():
                target = (key.target or "").removeprefix("public.")
                assert any(
                    re.fullmatch(
                        rf" +{target} \|[|o]--o{{ {each.name} : {','.join(key.columns)}", x
                    )
                    for x in lines
                ), key.name
        for place, reference in told.catalog.references():
            to = f'"{reference.target.database}.{reference.target.table}"'
            if place.database == database != reference.target.database:
                assert any(
                    to in line and f"..o{{ {place.table} :" in line and place.column in line
                    for line in lines
                ), place


def test_the_diagram_of_the_estate_counts_every_key_between_databases() -> None:
    catalog = load_catalog()
    counted = re.findall(r"-- (\d+) -->", er.of_estate(catalog))
    assert sum(map(int, counted)) == len(list(catalog.references()))


def test_every_document_has_an_example() -> None:
    has = {name for name, each in COMMANDS.items() if any("--json" in p.opts for p in each.params)}
    asked = {" ".join(("dhub", *words)) for words in documents.ASKED}
    shown = {name for name in has if any(each.startswith(name) for each in asked)}
    assert has - shown == NO_DOCUMENT.keys() & has
    assert shown.isdisjoint(NO_DOCUMENT)


def test_long_documents_are_cut_and_short_ones_are_not() -> None:
    by_name = {f"table_{n}": n for n in range(9)}
    assert documents._short({"a": [1, 2, 3], "b": by_name}) == {
        "a": [1, 2, "…"],
        "b": {"table_0": 0, "table_1": 1, "…": "…"},
    }
    mixed = {f"key_{n}": n if n else "text" for n in range(9)}
    assert documents._short(mixed) == mixed


def test_nothing_in_a_cell_breaks_its_table() -> None:
    cells = ("a|b", "two\nlines", value("<b>|</b>"), plain("*not* bold `but | code`"))
    head, line, row = table(("a", "b", "c", "d"), [cells]).splitlines()
    assert head.count("|") == line.count("|") == row.count("|") == 5
    assert "<b>" not in row and "\\*not\\*" in row


def in_menu(entries: object) -> Iterator[str]:
    """The pages that a menu leads to."""
    if isinstance(entries, str):
        yield entries
    for each in entries.values() if isinstance(entries, dict) else ():
        yield from in_menu(each)
    for each in entries if isinstance(entries, list) else ():
        yield from in_menu(each)


def test_the_menu_leads_to_every_page_that_people_write(pages: dict[str, str]) -> None:
    written = _by_hand(_DOCS)
    made = [f"{REFERENCE}/{each}" for each in (*pages, *PAGES_OF_A_BANK)]
    menu = list(in_menu(yaml.safe_load(nav.configuration([*written, *made]))["nav"]))
    assert sorted(menu) == sorted([*written, *made])


def test_a_folder_in_the_menu_holds_its_pages_in_their_order() -> None:
    pages = ["a/index.md", "b/one.md", "b/z/index.md", "b/z/y.md", "b/two.md"]
    assert nav._filled([{"B": "b/"}, "a/index.md"], pages) == [
        {"B": ["b/one.md", {"z": ["b/z/index.md", "b/z/y.md"]}, "b/two.md"]},
        "a/index.md",
    ]
