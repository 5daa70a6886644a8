"""Where a data set is written: nothing of anybody else's is lost, whatever ends the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dhub.errors import Refused, UsageError
from dhub.plaid import place as places
from dhub.plaid.place import KIND, MARKER, METADATA, STAGE, Place

NAMES = ("a.csv", "a.parquet", "features/b.parquet")


def claim(folder: Path, replace: bool = False, new: tuple[str, ...] = NAMES) -> Place:
    return Place(folder, NAMES, new, replace)


def write(folder: Path, names: tuple[str, ...], replace: bool = False, text: str = "new") -> None:
    place = claim(folder, replace, names)
    fill(place, names, text)
    place.keep()


def fill(place: Place, names: tuple[str, ...], text: str = "new") -> None:
    for name in names:
        (place.stage / name).parent.mkdir(exist_ok=True)
        (place.stage / name).write_text(text)
    document = {
        "kind": KIND, "preset": "everyday", "num_users": 3, "seed": 42,
        "date_range": {"start": "2025-05-01", "end": "2025-10-31"},
        "files": dict.fromkeys(names, "0"), "text": text,
    }  # fmt: skip
    (place.stage / METADATA).write_text(json.dumps(document))


def held(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


WHOLE = {"a.csv", "features", "features/b.parquet", METADATA}
CSV = ("a.csv", "features/b.parquet")


def test_a_new_folder_and_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new", "far/away"):
        write(tmp_path / name, CSV)
        assert held(tmp_path / name) == WHOLE


def test_until_all_is_written_nothing_is_in_its_place(tmp_path: Path) -> None:
    place = claim(tmp_path / "new", False)
    fill(place, CSV)
    assert {name for name in held(tmp_path / "new") if not name.startswith(STAGE)} == {MARKER}
    place.leave()
    assert not (tmp_path / "new").exists()


def test_a_failed_run_leaves_an_empty_folder_empty(tmp_path: Path) -> None:
    place = claim(tmp_path, False)
    fill(place, CSV)
    place.leave()
    assert held(tmp_path) == set()


def test_an_earlier_data_set_is_refused(tmp_path: Path) -> None:
    write(tmp_path, CSV, text="old")
    before = texts(tmp_path)
    with pytest.raises(Refused) as refused:
        claim(tmp_path, False)
    assert str(refused.value) == (
        f"{tmp_path} holds a data set (preset everyday, 3 users, seed 42, "
        "2025-05-01 to 2025-10-31). Use --replace to write it anew."
    )
    assert texts(tmp_path) == before


def test_replacing_takes_the_data_set_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, CSV, text="old")
    for name in ("notes.txt", "features/mine.parquet", "more/a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    write(tmp_path, ("a.parquet",), replace=True)
    assert texts(tmp_path).keys() == {
        "a.parquet", "metadata.json", "notes.txt", "features/mine.parquet", "more/a.csv",
    }  # fmt: skip
    assert (tmp_path / "a.parquet").read_text() == "new"


def test_folders_that_become_empty_go(tmp_path: Path) -> None:
    write(tmp_path, CSV)
    write(tmp_path, ("a.csv",), replace=True)
    assert held(tmp_path) == {"a.csv", METADATA}


def test_an_earlier_data_set_stays_when_the_next_one_fails(tmp_path: Path) -> None:
    write(tmp_path, CSV, text="old")
    before = texts(tmp_path)
    place = claim(tmp_path, True)
    fill(place, ("a.parquet",))
    assert {n: t for n, t in texts(tmp_path).items() if not n.startswith(".dhub")} == before
    place.leave()
    assert texts(tmp_path) == before


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_with_other_things_is_refused(tmp_path: Path, replace: bool) -> None:
    for name in ("x", "y", "z", "a.csv"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(Refused, match="is not empty: it holds a.csv, x, y and 1 more, and no data"):
        claim(tmp_path, replace)
    assert set(texts(tmp_path).values()) == {"mine"} and len(held(tmp_path)) == 4


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("text", ["{}", "[]", "x", '{"num_users": 5, "seed": 42}'])
def test_metadata_of_somebody_else(tmp_path: Path, text: str, replace: bool) -> None:
    """The name is no rare one: another generator may have written it."""
    (tmp_path / METADATA).write_text(text)
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(Refused, match="and no data set of dhub"):
        claim(tmp_path, replace)
    assert texts(tmp_path) == {METADATA: text, "a.csv": "mine"}


def test_metadata_that_names_files_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    write(folder, CSV)
    (tmp_path / "precious").write_text("mine")
    (folder / "notes.txt").write_text("mine")
    document = json.loads((folder / METADATA).read_text())
    document["files"] |= {"../precious": "0", "notes.txt": "0"}
    (folder / METADATA).write_text(json.dumps(document))
    write(folder, CSV, replace=True)
    assert (tmp_path / "precious").read_text() == "mine"
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_file_in_the_way_of_the_next_data_set(tmp_path: Path) -> None:
    write(tmp_path, CSV)
    (tmp_path / "a.parquet").write_text("mine")
    before = texts(tmp_path)
    with pytest.raises(Refused, match="holds a.parquet, which no data set of dhub put there"):
        claim(tmp_path, True)
    assert texts(tmp_path) == before


def test_what_is_only_another_data_sets_name_is_not_in_the_way(tmp_path: Path) -> None:
    """Somebody has put a database of their own beside files that come without one."""
    write(tmp_path, CSV)
    (tmp_path / "a.parquet").write_text("mine")
    write(tmp_path, CSV, replace=True)
    assert (tmp_path / "a.parquet").read_text() == "mine"


def test_a_link_in_the_place_of_a_folder(tmp_path: Path) -> None:
    """What lies behind it is somebody else's, whatever its name."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "b.parquet").write_text("mine")
    write(tmp_path / "data", ("a.csv",))
    (tmp_path / "data" / "features").symlink_to(tmp_path / "theirs", target_is_directory=True)
    with pytest.raises(Refused, match="holds features, which no data set of dhub put there"):
        claim(tmp_path / "data", True)
    assert (tmp_path / "theirs" / "b.parquet").read_text() == "mine"


def test_two_at_once(tmp_path: Path) -> None:
    first = claim(tmp_path, False)
    with pytest.raises(Refused, match="another `dhub plaid generate` is writing to"):
        claim(tmp_path, True)
    fill(first, CSV)
    first.keep()
    assert held(tmp_path) == WHOLE


def test_killed_while_writing(tmp_path: Path) -> None:
    """The lock dies with its process; what it wrote goes, what was there stays."""
    killed = claim(tmp_path, False)
    fill(killed, CSV)
    killed._lock.close()
    write(tmp_path, ("a.csv",), text="next")
    assert held(tmp_path) == {"a.csv", METADATA}
    killed = claim(tmp_path, True)
    fill(killed, CSV)
    killed._lock.close()
    with pytest.raises(Refused, match="Use --replace"):
        claim(tmp_path, False)
    assert (tmp_path / "a.csv").read_text() == "next"
    write(tmp_path, CSV, replace=True)
    assert held(tmp_path) == WHOLE


@pytest.mark.parametrize("moved", range(5))
def test_killed_while_files_get_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    """Between any two steps: the folder is known as dhub's, and can be written anew."""
    write(tmp_path, CSV, text="old")
    killed = claim(tmp_path, True)
    fill(killed, ("a.csv", "a.parquet", "features/b.parquet"))
    left = [moved]

    def step(original):
        def limited(*args, **kwargs):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return original(*args, **kwargs)

        return limited

    with monkeypatch.context() as patch:
        patch.setattr(places.Path, "unlink", step(Path.unlink))
        patch.setattr(places.Path, "rename", step(Path.rename))
        with pytest.raises(KeyboardInterrupt):
            killed.keep()
    killed._lock.close()
    told = "a data set" if moved == 0 else "a data set that was interrupted"
    with pytest.raises(Refused, match=f"holds {told}"):
        claim(tmp_path, False)
    again = claim(tmp_path, True)
    again.leave()  # fails in its turn, and the folder is still known
    write(tmp_path, CSV, replace=True)
    assert held(tmp_path) == WHOLE
    assert set(texts(tmp_path)) == WHOLE - {"features"}


@pytest.mark.parametrize("name", ["file", "file/data"])
def test_what_can_be_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises((UsageError, NotADirectoryError)):
        claim(tmp_path / name, False)
    assert texts(tmp_path) == {"file": "mine"}
