"""Writes the frozen pools: names with their weights from Faker, coined streets, companies, payees.

Run by `make pools`. Everything else in the folder is written by hand; it is sorted and stripped of
duplicates here, and the checksums of all files are written anew. Faker is needed here and nowhere
else: its output changes from release to release, so the pools are part of the package.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from random import Random
from unicodedata import combining, normalize

from dhub.draw.coined import KINDS, SECTORS, STREETS, denied, stems

FAKER = "40.54.0"  # the release the committed names come from
SEED = 20_260_101
FOLDER = Path(__file__).with_name("pools")
# Names that US lists leave out because they fold accents and apostrophes away; weights per million
# beside Faker's (assumed): columns of text must survive them.
FIRST = {"André": 400, "Chloé": 250, "François": 60, "Inés": 120, "Jesús": 700, "José": 2500,
         "João": 60, "María": 1500, "Mónica": 300, "Noël": 80, "Renée": 300, "Siân": 20,
         "Sofía": 700, "Søren": 30, "Zoë": 400}  # fmt: skip
LAST = {"Castañeda": 120, "D'Angelo": 150, "García-López": 60, "Gonçalves": 60, "Ibáñez": 90,
        "Müller": 90, "Muñoz": 600, "Núñez": 400, "O'Brien": 500, "O'Connor": 400, "O'Neill": 250,
        "Peña": 350, "Smith-Jones": 40, "Søndergaard": 20, "Yáñez": 90}  # fmt: skip


def main(folder: Path = FOLDER) -> None:
    """Write the built pools, tidy the others, and the checksums of all."""
    write(folder / "first_names.tsv", "text\tascii\tweight", names(first_weights(), FIRST))
    write(folder / "last_names.tsv", "text\tascii\tweight", names(last_weights(), LAST))
    draw = Random(SEED)
    write(folder / "streets.txt", None, streets())
    write(folder / "companies.txt", None, companies(draw))
    write(folder / "merchants.tsv", "key\ttext", payees(draw))
    for path in sorted(folder.glob("*.tsv")):
        tidy(path)
    sums = [f"{checksum(path)}  {path.name}" for path in sorted(folder.glob("*.t[sx][vt]"))]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", "utf-8", newline="\n")


def first_weights() -> dict[str, float]:
    """First names of both sexes, each sex half of the weight (US births, as Faker has them)."""
    from faker.providers.person.en_US import Provider

    sexes = (Provider.first_names_male, Provider.first_names_female)
    every = {name for names in sexes for name in names}
    return {name: sum(s.get(name, 0) / sum(s.values()) for s in sexes) / 2 for name in every}


def last_weights() -> dict[str, float]:
    """The thousand most frequent US last names with their shares (census, as Faker has them)."""
    from faker.providers.person.en_US import Provider

    total = sum(Provider.last_names.values())
    return {name: weight / total for name, weight in Provider.last_names.items()}


def names(shares: dict[str, float], extra: dict[str, int]) -> list[str]:
    """Rows of name, ascii twin for e-mail, and whole weight per million (at least 1)."""
    weight = {name: max(1, round(share * 1e6)) for name, share in shares.items()} | extra
    return [f"{name}\t{ascii_fold(name)}\t{weight[name]}" for name in sorted(weight)]


def ascii_fold(name: str) -> str:
    """The lower-case letters a to z of a name, accents taken off: Zoë O'Neill is zoeoneill."""
    plain = normalize("NFKD", name.lower().replace("ø", "o").replace("ß", "ss"))
    return "".join(c for c in plain if not combining(c) and c.isascii() and c.isalpha())


def streets() -> list[str]:
    """Coined street names with a suffix fitting for some of them only, so that all differ."""
    return [f"{stem} {suffix}" for k, stem in enumerate(stems(STREETS))
            for suffix in _every_third(k)]  # fmt: skip


def _every_third(number: int) -> tuple[str, ...]:
    suffixes = ("Street", "Avenue", "Drive", "Lane", "Road", "Court",
                "Place", "Boulevard", "Way", "Circle", "Terrace", "Trail")  # fmt: skip
    return tuple(suffixes[(number + step) % len(suffixes)] for step in (0, 5, 7))


def companies(draw: Random) -> list[str]:
    """Employers: a coined word and a line of business."""
    return [f"{stem} {draw.choice(SECTORS)}" for stem in stems() if not denied(stem)]


def payees(draw: Random) -> list[str]:
    """Merchants: coined words and what each kind of business adds to its name."""
    rows = []
    for kind, (count, endings) in KINDS.items():
        chosen = draw.sample([stem for stem in stems() if not denied(stem)], count)
        rows += [f"{kind}\t{stem}{endings[k % len(endings)]}" for k, stem in enumerate(chosen)]
    return rows


def tidy(path: Path) -> None:
    """Sort a keyed file; a file of records keeps its order, for codes count on it."""
    head, *rows = path.read_text("utf-8").splitlines()
    write(path, head, rows)


def write(path: Path, head: str | None, rows: Iterable[str]) -> None:
    """Write rows once each: sorted, unless the file holds records, whose order is their code."""
    ordered = list(dict.fromkeys(row for row in rows if row.strip()))
    if head is None or head.startswith(("key\t", "text\t")):
        ordered.sort()
    lines = ordered if head is None else [head, *ordered]
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


def checksum(path: Path) -> str:
    """SHA-256 of a file's text, whatever line ends the checkout made of it."""
    return sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


if __name__ == "__main__":
    main()
