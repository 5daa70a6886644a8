"""A data folder is taken when it is new, empty or dhub's own; what is somebody else's stays."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fixtures.command import Dhub
from fixtures.server import open_folder

from dhub.cli import stopping
from dhub.cli.app import exit_code
from dhub.errors import DhubError, Refused, UsageError
from dhub.server import folder as folders
from dhub.server.folder import MARK, State, look, take
from dhub.server.home import Home
from dhub.server.lifetime import halt, running, status
from dhub.server.lock import members

ROOT = os.geteuid() == 0


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server can reach, with a file that must stay."""
    made = open_folder()
    (made / "mine.txt").write_text("mine")
    yield made
    with suppress(DhubError):
        halt(Home(made / "home"))
    assert (made / "mine.txt").read_text() == "mine"
    shutil.rmtree(made)


def picture(folder: Path) -> dict[str, str]:
    """All that is below a folder, so that one sees whether anything has changed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else ""
        if not content and path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = f"{mode.st_mode:o} {mode.st_mtime_ns} {content}"
    return found


def file_of_users(home: Path) -> None:
    (home / "users").mkdir(parents=True)
    (home / "users" / "thesis.doc").write_text("work")
    (home / "users" / "12-0").write_text("work")


def data_part(home: Path) -> None:
    (home / "data.part" / "photos").mkdir(parents=True)
    (home / "data.part" / "photos" / "1.jpg").write_text("photo")


def initdb_part(home: Path) -> None:
    home.mkdir()
    (home / "initdb.part").write_text("mine")


def password(home: Path) -> None:
    home.mkdir()
    (home / "password").write_text("my password")
    (home / "password").chmod(0o600)


def another_cluster(home: Path) -> None:
    (home / "data").mkdir(parents=True, mode=0o700)
    (home / "data" / "PG_VERSION").write_text("18\n")


def cluster_that_is_open(home: Path) -> None:
    another_cluster(home)
    password(home) if not home.exists() else (home / "password").write_text("x")
    (home / "password").chmod(0o644)


def link_for_a_password(home: Path) -> None:
    another_cluster(home)
    (home / "password").symlink_to("/etc/hostname")


def link_for_data(home: Path) -> None:
    home.mkdir()
    (home / "data").symlink_to("/etc")
    (home / "password").write_text("x")
    (home / "password").chmod(0o600)


def forged_mark(home: Path) -> None:
    home.mkdir()
    (home / MARK).write_text(json.dumps({"kind": "dhub data folder", "user": 0, "folder": 1}))


def odd_mark(home: Path) -> None:
    home.mkdir()
    (home / MARK).write_text("[" * 100)


def linked_mark(home: Path) -> None:
    home.mkdir()
    found = home.lstat()
    mark = {"kind": "dhub data folder", "user": found.st_uid, "folder": found.st_ino}
    (home.parent / "elsewhere").write_text(json.dumps(mark))
    (home / MARK).symlink_to(home.parent / "elsewhere")


def any_file(home: Path) -> None:
    home.mkdir()
    (home / "notes").write_text("x")


FOREIGN = (
    file_of_users, data_part, initdb_part, password, another_cluster, cluster_that_is_open,
    link_for_a_password, link_for_data, forged_mark, odd_mark, linked_mark, any_file,
)  # fmt: skip


@pytest.mark.parametrize("make", FOREIGN, ids=lambda each: each.__name__)
def test_what_is_not_dhubs_stays(make: Callable[[Path], None], place: Path) -> None:
    home = place / "home"
    make(home)
    before = picture(place)
    for use in (status, halt, lambda each: each.make(), lambda each: running(each).__enter__()):
        with pytest.raises(Refused) as caught:
            use(Home(home))
        assert str(caught.value).startswith(f"{home} is no data folder of dhub's: it holds ")
        assert picture(place) == before


COMMANDS = (
    ("seed", "status"), ("seed", "all", "--scale", "0.05"), ("seed", "clear", "--confirm"),
    ("seed", "resume"), ("verify",), ("db", "init"), ("db", "tables"), ("db", "refresh"),
    ("db", "url"), ("db", "query", "SELECT 1", "-d", "loans_db"), ("server", "start"),
    ("server", "status"), ("server", "stop"), ("datahub", "recipes", "r"),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_touches_what_is_not_dhubs(
    words: tuple[str, ...], place: Path, dhub: Dhub
) -> None:
    home = place / "home"
    file_of_users(home)
    before = picture(place)
    done = dhub(*words, env={"DHUB_DATA_DIR": str(home)})
    assert (done.code, done.err.splitlines()[-2:]) == (
        3,
        [
            f"dhub: {home} is no data folder of dhub's: it holds users. Nothing was touched.",
            "Name a folder that is new or empty with DHUB_DATA_DIR.",
        ],
    )
    assert picture(place) == before


def nothing(home: Path) -> None:
    assert not home.exists()


def empty(home: Path) -> None:
    home.mkdir(mode=0o777)
    home.chmod(0o777)


def new_disk(home: Path) -> None:
    (home / "lost+found").mkdir(parents=True)


def mark_in_the_making(home: Path) -> None:
    home.mkdir()
    (home / f"{MARK}.1").write_text("")


@pytest.mark.parametrize("make", [nothing, empty, new_disk, mark_in_the_making])
def test_what_is_taken(make: Callable[[Path], None], place: Path) -> None:
    home = place / "home"
    make(home)
    assert look(home) is State.new
    take(home)
    assert look(home) is State.marked
    assert stat.S_IMODE(home.stat().st_mode) == (0o755 if ROOT else 0o700)
    take(home)


def as_earlier(home: Path) -> None:
    """A data folder as a dhub without marks left it."""
    with running(Home(home)):
        pass
    (home / MARK).unlink()


def test_a_folder_of_an_earlier_dhub(place: Path) -> None:
    home = place / "home"
    as_earlier(home)
    assert look(home) is State.earlier
    status(Home(home))
    assert look(home) is State.earlier, "status changes nothing"
    with running(Home(home)):
        assert look(home) is State.marked


@pytest.mark.parametrize(
    ("name", "mode"), [("password", 0o640), ("password", 0o604), ("data", 0o750), (".", 0o777)]
)
def test_a_folder_of_an_earlier_dhub_that_is_open(name: str, mode: int, place: Path) -> None:
    home = place / "home"
    as_earlier(home)
    (home / name).chmod(mode)
    with pytest.raises((Refused, UsageError)):
        take(home)
    assert not (home / MARK).exists()


def test_a_marked_folder_that_was_opened_to_others(place: Path) -> None:
    home = place / "home"
    take(home)
    home.chmod(0o777)
    with pytest.raises(UsageError, match="is open to others"):
        take(home)


def test_a_mark_says_nothing_in_a_copy(place: Path) -> None:
    home = place / "home"
    take(home)
    shutil.copytree(home, place / "copy", symlinks=True)
    with pytest.raises(Refused):
        look(place / "copy")
    home.rename(place / "moved")
    assert look(place / "moved") is State.marked
    (place / "moved").rename(home)


@pytest.mark.skipif(not ROOT, reason="only root gives files away")
def test_a_folder_of_somebody_else(place: Path) -> None:
    home = place / "home"
    take(home)
    os.chown(home, 12345, 12345)
    with pytest.raises(UsageError, match="^.* belongs to another user"):
        look(home)
    os.chown(home, 0, 0)


def test_the_folder_of_a_file_must_be_marked(place: Path, dhub: Dhub, tmp_path: Path) -> None:
    home = place / "home"
    (tmp_path / ".env").write_text(f"DHUB_DATA_DIR={home}\n")
    said = (
        f"dhub: DHUB_DATA_DIR of .env names {home}, which is no data folder of yours yet.\n"
        f"If it shall be one: DHUB_DATA_DIR={home} dhub db init\n"
    )
    for make in (nothing, empty):
        make(home)
        for words in (("server", "status"), ("server", "start"), ("db", "init"), ("db", "url")):
            done = dhub(*words)
            assert done.code == 2 and done.err.endswith(said)
    assert list(home.iterdir()) == []
    as_earlier(home)
    assert dhub("server", "status").code == 2
    take(home)
    assert dhub("server", "status").code == 0


# Names that dhub opens, makes or removes in its folder, and what a link of that name led to.
LINKED = (
    "users", "run", "data", "data.part", "lock", "server.log", "kept.part", "password",
    "dhub_reader.password", "initdb.part", "kept.json",
)  # fmt: skip


@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize("target", ["file", "folder", "nothing"])
def test_no_link_is_followed(
    name: str,
    target: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home, there = place / "home", place / "there"
    monkeypatch.setenv("DHUB_DATA_DIR", str(home))
    monkeypatch.setattr(stopping, "_after", [stopping.UNCHANGED])  # what a command of ours says
    take(home)
    if target == "file":
        there.write_text("mine")
    elif target == "folder":
        there.mkdir()
        (there / "12-0").write_text("mine")
    (home / name).symlink_to(there)
    before = picture(there) if there.is_dir() else {"": there.exists() and there.read_text()}
    code = exit_code(["server", "start"])
    err = capsys.readouterr().err
    exit_code(["server", "stop"])
    after = picture(there) if there.is_dir() else {"": there.exists() and there.read_text()}
    assert after == before
    assert code in (0, 2), err
    if code:
        assert "it is a link, and dhub follows none" in err or "open to others" in err


def test_a_log_with_a_second_name(place: Path) -> None:
    home = place / "home"
    take(home)
    os.link(place / "mine.txt", home / "server.log")
    with pytest.raises(UsageError, match="second name elsewhere"), running(Home(home)):
        pass


@pytest.mark.parametrize("name", ["server.log", "lock", "password"])
def test_what_is_no_file(name: str, place: Path) -> None:
    home = place / "home"
    take(home)
    os.mkfifo(home / name)
    with pytest.raises(UsageError, match="cannot be used"), running(Home(home)):
        pass


def test_only_what_dhub_names_so_is_forgotten(place: Path) -> None:
    home = Home(place / "home")
    home.make()
    for name in ("thesis.doc", "12", "a-1", "12-0.bak", "12-1"):
        (home.users / name).write_text("")
    (home.users / "7-7").mkdir()
    (home.users / "8-8").symlink_to(place / "mine.txt")
    assert members(home.users) == 0
    assert sorted(each.name for each in home.users.iterdir()) == sorted(
        ["thesis.doc", "12", "a-1", "12-0.bak", "7-7", "8-8"]
    )


def test_files_are_shut_whatever_the_umask(place: Path) -> None:
    before = os.umask(0)
    try:
        home = Home(place / "home")
        with running(home):
            home.password("dhub_reader")
            home.keep(1, 1)
    finally:
        os.umask(before)
    open_ones = {
        path.name: oct(path.lstat().st_mode)
        for path in home.path.iterdir()
        if path.lstat().st_mode & 0o077 and not path.name.startswith("postgresql-")
    }
    assert open_ones == {}
    assert not home.path.stat().st_mode & 0o022


def test_the_mark_is_named_where_it_is_explained() -> None:
    assert folders.MARK == "dhub.json"
