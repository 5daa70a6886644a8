"""Writes the frozen pool of towns: those around each branch, with postal codes that are theirs.

Run by `python -m dhub.draw.make_towns` where the package `zipcodes` (postal codes as USPS assigns
them) is installed; nothing else needs it. A pair of town and code that is not true cannot come in.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from dhub.draw.make_pools import FOLDER, write
from dhub.draw.pools import branches

ZIPCODES = "3.0.0"  # the release the committed codes come from
MOST = 24  # codes of a town: the lowest ones, which are its middle
CITY = 50  # weight of a branch's own city; the others by the number of their codes (assumed)

# Towns around each branch, after its own city.
AROUND = {
    "BR001": "Reynoldsburg Westerville Dublin Hilliard Pickerington Delaware Grove_City Powell",
    "BR002": "Plano Irving Garland Richardson Carrollton Mesquite Frisco Fort_Worth Arlington",
    "BR003": "Evanston Oak_Park Naperville Schaumburg Skokie Des_Plaines Joliet Aurora Cicero",
    "BR004": "Pasadena Glendale Burbank Santa_Monica Torrance Long_Beach Inglewood Whittier Downey",
    "BR005": "Brooklyn Bronx Staten_Island Yonkers New_Rochelle Flushing Jamaica White_Plains",
    "BR006": "Saint_Petersburg Clearwater Brandon Lutz Riverview Largo Valrico Plant_City",
    "BR007": "King_Of_Prussia Media Lansdale Bensalem Doylestown Levittown Norristown Havertown",
    "BR008": "Marietta Decatur Roswell Smyrna Alpharetta Lawrenceville Duluth Norcross",
    "BR009": "Chandler Tempe Glendale Scottsdale Peoria Mesa Gilbert Surprise Avondale",
    "BR010": "Beaverton Lake_Oswego Gresham Hillsboro Oregon_City West_Linn Clackamas Tualatin",
    "BR011": "Concord Gastonia Huntersville Matthews Monroe Mooresville Kannapolis Cornelius",
    "BR012": "Aurora Littleton Arvada Golden Englewood Westminster Broomfield Boulder",
    "BR013": "Saint_Paul Eden_Prairie Osseo Maple_Grove Burnsville Hopkins Lakeville Anoka",
    "BR014": "Katy Sugar_Land Spring Pasadena Pearland Humble Cypress Missouri_City Baytown",
    "BR015": "Tonawanda Lockport Niagara_Falls Hamburg Orchard_Park East_Aurora Lancaster Depew",
    "BR016": "Kissimmee Winter_Park Sanford Apopka Oviedo Altamonte_Springs Winter_Garden Longwood",
    "BR017": "Roseville Elk_Grove Folsom Davis Citrus_Heights Carmichael Fair_Oaks Rancho_Cordova",
    "BR018": "Carmel Fishers Greenwood Plainfield Zionsville Noblesville Brownsburg Avon Westfield",
    "BR019": "Cambridge Somerville Quincy Brookline Newton Waltham Medford Malden",
    "BR020": "Bellevue Kirkland Redmond Renton Kent Everett Bothell Edmonds Lynnwood",
}


def main(folder: Path = FOLDER) -> None:
    """Write the towns; raises ValueError for a branch whose own postal code is not its city's."""
    codes, rows = _codes(), []
    for branch in branches():
        if branch.postal_code not in codes[branch.city, branch.state]:
            raise ValueError(f"{branch.branch_code}: {branch.postal_code} is not {branch.city}")
        for town in (branch.city, *AROUND[branch.branch_code].split()):
            name = town.replace("_", " ")
            own = codes[name, branch.state][:MOST]
            weight = CITY if name == branch.city else min(6 + 2 * len(own), 20)
            name = name.replace(" Of ", " of ")
            rows.append(f"{name}\t{branch.state}\t{branch.branch_code}\t{weight}\t{','.join(own)}")
    write(folder / "towns.tsv", "city\tstate\tbranch_code\tweight\tpostal_codes", rows)


def _codes() -> dict[tuple[str, str], list[str]]:
    """The postal codes of each town and state: in use, and delivered to streets."""
    import zipcodes

    found = defaultdict(list)
    for place in zipcodes.list_all():  # type: ignore[no-untyped-call]
        if place["active"] and place["zip_code_type"] == "STANDARD":
            found[place["city"], place["state"]].append(place["zip_code"])
    return {town: sorted(codes) for town, codes in found.items()}


if __name__ == "__main__":
    main()
