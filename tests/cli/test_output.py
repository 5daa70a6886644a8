"""What dhub writes: never over a file that is somebody else's, never for an empty word."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from fixtures.command import Dhub
from fixtures.server import variables

from dhub.datahub.pack import check_folder, write_pack
from dhub.errors import Refused, UsageError
from dhub.estate.databases import Estate
from dhub.output import (
    GENERATOR,
    check_output,
    is_page,
    is_signed,
    nobody,
    open_log,
    signed,
    write_output,
)

NOWHERE = {"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": "1", "DHUB_PG_PASSWORD": "pw"}

# Every command that writes to a path, with the path as its last word.
WRITING = [
    ["datahub", "recipes"],
    ["datahub", "metadata"],
    ["datahub", "pack"],
    ["datahub", "ingest", "--sink", "file", "--output"],
    ["verify", "--report"],
    ["export", "--format", "csv"],
    ["seed", "all", "--log-file"],
    ["seed", "resume", "--log-file"],
]


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_word_is_no_path(words: list[str], empty: str, dhub: Dhub, tmp_path: Path) -> None:
    done = dhub(*words, empty, env=NOWHERE)
    assert done.code == 2 and "a path must not be empty; this folder is '.'" in done.err
    assert list(tmp_path.iterdir()) == []


FILES = [
    (["datahub", "recipes", "."], "host.yml"),
    (["datahub", "recipes", "."], "container.yml"),
    (["datahub", "metadata", "bank.json"], "bank.json"),
    (["datahub", "metadata", "."], "people.json"),
    (["datahub", "ingest", "--sink", "file", "--output", "bank.json"], "bank.json"),
    (["verify", "--report", "bank.html"], "bank.html"),
    (["seed", "all", "--log-file", "notes.txt"], "notes.txt"),
    (["datahub", "pack", "."], "index.json"),
    (["datahub", "pack", "."], "bank-2026.json"),
    (["datahub", "pack", "."], "bank-0123456789ab.json"),
    (["export", ".", "--format", "csv"], "manifest.json"),
]


@pytest.mark.parametrize("content", ["mine\n", "{}", ""])
@pytest.mark.parametrize(("words", "name"), FILES, ids=lambda each: str(each))
def test_a_file_of_somebody_else_stays(
    words: list[str], name: str, content: str, dhub: Dhub, tmp_path: Path
) -> None:
    """Refused before any work: nothing answers at the server's address."""
    (tmp_path / name).write_text(content)
    done = dhub(*words, env=NOWHERE)
    if name == "notes.txt" and not content:
        assert done.code == 4  # an empty file is as good as none for a log
        return
    assert done.code == 3, done.err
    assert name in done.err and "Traceback" not in done.err
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [(name, content)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "--report", "folder"], "folder is a folder. Name a file."),
        (["verify", "--report", "no/page.html"], "no/page.html: there is no folder no."),
        (["datahub", "ingest", "--sink", "file", "--output", "folder"], "folder is a folder."),
        (["datahub", "recipes", "file"], "file cannot be written: "),
        (["datahub", "metadata", "file"], "file is a file. Name a folder"),
        (["datahub", "pack", "file"], "file is a file. Name a folder."),
        (["seed", "all", "--log-file", "folder"], "--log-file folder: Is a directory."),
    ],
)
def test_what_cannot_be_written_is_known_before_the_work(
    words: list[str], said: str, dhub: Dhub, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    done = dhub(*words, env=NOWHERE)
    assert done.code == 2 and done.err.startswith(f"dhub: {said}")
    assert (tmp_path / "file").read_text() == "mine"


def test_recipes_are_written_again_unless_they_were_changed(dhub: Dhub, tmp_path: Path) -> None:
    again = ("datahub", "recipes", "r")
    host = tmp_path / "r" / "host.yml"
    assert [dhub(*again, env=NOWHERE).code for _ in range(2)] == [0, 0]
    host.write_text(host.read_text().replace("PROD", "DEV"))
    changed = host.read_text()
    assert dhub(*again, env=NOWHERE).code == 3
    assert host.read_text() == changed
    assert dhub(*again, "--replace", env=NOWHERE).code == 0
    assert is_signed(host) and "PROD" in host.read_text()
    assert sorted(each.name for each in host.parent.iterdir()) == ["container.yml", "host.yml"]


def test_a_log_is_continued(dhub: Dhub, tmp_path: Path) -> None:
    for _ in range(2):
        assert dhub("seed", "all", "--log-file", "run.log", env=NOWHERE).code == 4
    log = (tmp_path / "run.log").read_text()
    assert log.startswith("# dhub log, ") and log.count("# dhub log, ") == 2
    assert log.count("nothing answers at 127.0.0.1:1") == 2


def test_a_report_is_written_again_over_a_report(
    estate: Estate, dhub: Dhub, tmp_path: Path
) -> None:
    page = tmp_path / "bank.html"
    page.write_text(f"<!doctype html><html><head>{GENERATOR}</head></html>")
    done = dhub("verify", "--report", "bank.html", env=variables(estate))
    assert (done.code, "seed all" in done.err) == (2, True)  # nothing seeded: the file was let be
    page.write_text("<!doctype html><html></html>")
    assert dhub("verify", "--report", "bank.html", env=variables(estate)).code == 3
    assert dhub("verify", "--report", "bank.html", "--replace", env=variables(estate)).code == 2


def test_a_signature_holds_for_the_text_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_output(path, signed("a: 1\n"))
    assert is_signed(path)
    for changed in (path.read_text() + "b: 2\n", path.read_text().replace("1", "2", 1), "a: 1\n"):
        (tmp_path / "other").write_text(changed)
        assert not is_signed(tmp_path / "other")


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_output(tmp_path / "file", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "full").write_text("")
    with pytest.raises(UsageError):
        write_output(tmp_path / "folder", "text")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_a_link_is_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(Refused):
        check_output(tmp_path / "link", nobody)
    write_output(tmp_path / "link", "text")
    assert not (tmp_path / "nowhere").exists()


def test_only_a_page_of_dhubs_is_one(tmp_path: Path) -> None:
    path = tmp_path / "page"
    for text, expected in ((f"<head>{GENERATOR}", True), ("x" * 2000 + GENERATOR, False)):
        path.write_text(text)
        assert is_page(path) is expected
    path.write_bytes(b"\xff\xfe")
    assert not is_page(path)


def test_a_log_that_is_no_file() -> None:
    with open_log(Path(os.devnull)) as log:
        assert log.writable()


def test_a_pack_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    whole, folder = tmp_path / "whole.json", tmp_path / "pack"
    for text in ("[]", '[{"a": "ü"}]'):
        whole.write_text(text, encoding="utf-8")
        check_folder(folder)
        write_pack(whole, folder)
    files = sorted(each.name for each in folder.iterdir())
    assert len(files) == 2 and files[1] == "index.json"
    (folder / files[0]).write_text("changed")
    with pytest.raises(Refused, match="which is no part of a data pack"):
        check_folder(folder)
