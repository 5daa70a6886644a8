"""Writes the frozen pools: names with their weights, coined streets, companies and payees.

Run by `make pools`. Towns come from `make_towns`. Everything else in the folder is written by hand;
it is sorted and stripped of duplicates here, and the checksums of all files are written anew. Faker
and the package `names` are needed here and nowhere else: their output changes from release to
release, so the pools are part of the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from re import sub
from unicodedata import combining, normalize

from dhub.draw.coined import (
    ADJECTIVES,
    KINDS,
    SECTORS,
    STREETS,
    SURNAMES,
    TAILS,
    THINGS,
    TRADES,
    TREES,
    Sign,
    denied,
    stems,
)
from dhub.draw.given import ranked, share
from dhub.draw.pools import branches

FAKER = "40.54.0"  # the release the committed names come from
SEED = 20_260_101
COMMON = 0.395  # share of people with one of Faker's thousand last names (census of 2010)
FADING = 0.3  # of its share in the next decade a name has in one that does not list it (assumed)
MORE = 7500  # further last names
FOLDER = Path(__file__).with_name("pools")
# Names that US lists leave out because they fold accents and apostrophes away; weights per million
# beside Faker's (assumed): columns of text must survive them.
FIRST = {"André": 400, "Chloé": 250, "François": 60, "Inés": 120, "Jesús": 700, "José": 2500,
         "João": 60, "María": 1500, "Mónica": 300, "Noël": 80, "Renée": 300, "Siân": 20,
         "Sofía": 700, "Søren": 30, "Zoë": 400}  # fmt: skip
LAST = {"Castañeda": 120, "D'Angelo": 150, "García-López": 60, "Gonçalves": 60, "Ibáñez": 90,
        "Müller": 90, "Muñoz": 600, "Núñez": 400, "O'Brien": 500, "O'Connor": 400, "O'Neill": 250,
        "Peña": 350, "Smith-Jones": 40, "Søndergaard": 20, "Yáñez": 90}  # fmt: skip

MALE = {"André", "François", "Jesús", "José", "João", "Noël", "Søren"}
APOSTROPHES = {
    "Obrien", "Oconnell", "Oconnor", "Odonnell", "Ohara", "Okeefe", "Oleary", "Omalley", "Oneal",
    "Oneil", "Oneill", "Oreilly", "Orourke", "Osullivan", "Oshea", "Ogrady", "Obryan", "Odell",
} - {"Odell"}  # fmt: skip
PREFIXES = ("Mac", "De", "Di", "La", "Le", "Van", "St")
INNER_CAPITALS = {
    "Macdonald", "Macleod", "Macarthur", "Macdougall", "Mackenzie", "Dejesus", "Deleon", "Delarosa",
    "Deluca", "Devries", "Dimaggio", "Dibenedetto", "Dipietro", "Laporte", "Larue", "Lefebvre",
    "Vandyke", "Vanburen", "Vanhorn", "Vandenberg", "Stclair", "Stjohn",
} - {"Delarosa", "Lefebvre"}  # fmt: skip


def main(folder: Path = FOLDER) -> None:
    """Write the built pools, tidy the others, and the checksums of all."""
    head = "text\tascii\tweight"
    write(folder / "first_names.tsv", f"{head}\tsex\tby_decade", first_names())
    write(folder / "last_names.tsv", head, names(last_shares(), LAST))
    draw = Random(SEED)
    write(folder / "streets.txt", None, streets(draw))
    write(folder / "companies.tsv", "key\ttext\treach", signs(draw, SECTORS))
    write(folder / "merchants.tsv", "key\ttext\treach", signs(draw, KINDS))
    for path in sorted(folder.glob("*.tsv")):
        tidy(path)
    sums = [f"{checksum(path)}  {path.name}" for path in sorted(folder.glob("*.t[sx][vt]"))]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", "utf-8", newline="\n")


def first_names() -> list[str]:
    """Rows of name, ascii twin, weight, sex and weights of the decades of birth (per million).

    A name of both sexes has a row for each.
    """
    rows = []
    for sex, faker in (("f", first_weights(0)), ("m", first_weights(1))):
        decades = [{name: share(rank) for rank, name in enumerate(names)}
                   for names in ranked(sex == "f")]  # fmt: skip
        common = {name for decade in decades for name in decade}
        rare = {name: weight for name, weight in faker.items() if name not in common}
        rare |= {name: weight / 1e6 for name, weight in FIRST.items()
                 if (name in MALE) != (sex == "f")}  # fmt: skip
        scale = [(1 - sum(decade.values())) / sum(rare.values()) for decade in decades]
        for name in common | set(rare):
            own = [decade.get(name, rare.get(name, 0) * part)
                   for decade, part in zip(decades, scale, strict=True)]  # fmt: skip
            own = [weight or FADING * max(own[max(k - 1, 0) : k + 2])
                   for k, weight in enumerate(own)]  # fmt: skip
            whole = [round(weight * 1e6) for weight in own]
            rows.append(f"{name}\t{ascii_fold(name)}\t{max(1, sum(whole))}\t{sex}\t"
                        + ",".join(map(str, whole)))  # fmt: skip
    return rows


def first_weights(men: int) -> dict[str, float]:
    """First names of one sex and their shares (US births 1960 to 2000, as Faker has them)."""
    from faker.providers.person.en_US import Provider

    shares = (Provider.first_names_female, Provider.first_names_male)[men]
    return {name: weight / sum(shares.values()) for name, weight in shares.items()}


def last_shares() -> dict[str, float]:
    """Last names and their shares of the people: the thousand most frequent ones (census, as Faker
    has them), then MORE further ones of the list of 1990, falling evenly to fill the whole.

    Without those the common names would be far too common: a thousand names are 40 % of people.
    """
    from faker.providers.person.en_US import Provider

    known = {capitals(name): float(weight) for name, weight in Provider.last_names.items()}
    common = {name: weight * COMMON / sum(known.values()) for name, weight in known.items()}
    further = [name for name in _census() if name not in common and name not in LAST][:MORE]
    least, count = min(common.values()), len(further)
    # From the least of the common ones down to where all together are everybody.
    last = 2 * (1 - COMMON) / count - least
    step = (least - last) / count
    return common | {name: least - step * rank for rank, name in enumerate(further)}


def _census() -> list[str]:
    """Last names in the order of their number in 1990, in capitals of a name."""
    from names import full_path  # type: ignore[import-untyped]

    lines = Path(full_path("dist.all.last")).read_text().splitlines()
    return [capitals(line.split()[0].title()) for line in lines]


def capitals(name: str) -> str:
    """McCoy, O'Brien, DeLuca: lists in capitals, or with one, have lost the others."""
    if name in APOSTROPHES:
        return f"O'{name[1:].capitalize()}"
    if name.startswith("Mc") and len(name) > 3:
        return "Mc" + name[2:].capitalize()
    for prefix in PREFIXES:
        if name.startswith(prefix) and name in INNER_CAPITALS:
            return prefix + name[len(prefix) :].capitalize()
    return name


def names(shares: dict[str, float], extra: dict[str, int]) -> list[str]:
    """Rows of name, ascii twin for e-mail, and whole weight per million (at least 1)."""
    weight = {name: max(1, round(part * 1e6)) for name, part in shares.items()} | extra
    return [f"{name}\t{ascii_fold(name)}\t{weight[name]}" for name in sorted(weight)]


def ascii_fold(name: str) -> str:
    """The lower-case letters a to z of a name, accents taken off: Zoë O'Neill is zoeoneill."""
    plain = normalize("NFKD", name.lower().replace("ø", "o").replace("ß", "ss"))
    return "".join(c for c in plain if not combining(c) and c.isascii() and c.isalpha())


def streets(draw: Random) -> list[str]:
    """Street names of several sorts: coined words, trees and trades with a landform, surnames."""
    landforms = ("Glen", "Hollow", "Ridge", "Run", "Bend", "Crossing", "Bluff", "Knoll", "Spring")
    words = draw.sample(stems(STREETS), 160)
    words += [f"{tree} {land}" for tree in (*TREES, *THINGS) for land in draw.sample(landforms, 3)]
    words += [*TREES, *TRADES, *SURNAMES, *THINGS]
    words += [f"{one}{two.lower()}" for one in TREES for two in draw.sample(TAILS, 3)]
    return [f"{word} {suffix}" for k, word in enumerate(words) for suffix in _some(k)]


def _some(number: int) -> tuple[str, ...]:
    suffixes = ("Street", "Avenue", "Drive", "Lane", "Road", "Court",
                "Place", "Boulevard", "Way", "Circle", "Terrace", "Trail")  # fmt: skip
    return tuple(suffixes[(number + step) % len(suffixes)] for step in (0, 5))


def signs(draw: Random, kinds: dict[str, Sign]) -> list[str]:
    """Businesses: kind, name, and where they do business: US, a region, or a branch's towns."""
    regions = tuple(dict.fromkeys(b.region for b in branches()))
    codes = tuple(b.branch_code for b in branches())
    rows, taken = [], set[str]()
    for kind, (counts, nouns, patterns) in kinds.items():
        country, region, town = map(int, counts.split("/"))
        reaches = ["US"] * country + [*regions] * region + [*codes] * town
        forms = [pattern.strip() for pattern in patterns.split("|")]
        for number, reach in enumerate(reaches):
            rows.append(f"{kind}\t{_sign(draw, forms, number, nouns.split('|'), taken)}\t{reach}")
    return rows


def _sign(draw: Random, forms: list[str], number: int, nouns: list[str], taken: set[str]) -> str:
    """A name that nobody has yet: the forms in turn, its words by chance."""
    slots: dict[str, Sequence[str]] = {
        "A": ADJECTIVES, "C": stems(), "N": nouns, "S": SURNAMES, "T": THINGS,
    }  # fmt: skip
    while True:
        form = forms[number % len(forms)]
        name = sub(r"\b[ACNST](?=\b|[NT])|(?<=T)N", lambda slot: draw.choice(slots[slot[0]]), form)
        if name not in taken and not denied(name) and len(set(name.split())) == len(name.split()):
            taken.add(name)
            return name


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
