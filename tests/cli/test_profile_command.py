"""`dhub profile`: what is asked for, where it comes from, and whether a file of one's own holds."""

from __future__ import annotations

from pathlib import Path

from fixtures.command import Dhub


def test_the_shipped_profiles_are_listed(dhub: Dhub) -> None:
    done = dhub("profile", "list")
    assert done.code == 0
    names = [line.split()[0] for line in done.out.splitlines()[:4]]
    assert names == ["guide", "requirements", "everyday", "warehouse"]
    told = dhub("profile", "list", "--json").json
    assert [each["name"] for each in told] == names


def test_every_figure_is_shown_with_its_source(dhub: Dhub) -> None:
    done = dhub("profile", "show", "requirements")
    assert done.code == 0
    section = done.out.partition("\ncustomers ")[2]
    line = next(each for each in section.splitlines() if each.startswith("agent "))
    assert line.split() == ["agent", "requirements", "0.8"]
    told = dhub("profile", "show", "--json").json
    assert told["name"] == "guide" and len(told["figures"]) > 200
    assert {each["source"] for each in told["figures"]} == {"guide", "requirements", "assumed"}


def test_a_file_is_checked_with_all_its_faults(dhub: Dhub, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('extends = "guide"\n[customers]\nagent = 0.5\n')
    good = dhub("profile", "check", str(file))
    assert good.code == 0 and "mine.toml is valid; figures of its own: 1" in good.out
    file.write_text("[customers]\nagent = 2\nage = [9, 300]\n")
    bad = dhub("profile", "check", str(file))
    assert bad.code == 2 and "customers.agent" in bad.err and "customers.age" in bad.err
    assert dhub("profile", "show", "nobody").code == 2
