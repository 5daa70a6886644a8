"""Gives coined words and the kinds of business they name: fictional, yet American to the ear.

Used by `make_pools` only. No real brand is built from them: see DENIED, which a test also runs
over every pool.
"""

from __future__ import annotations

HEADS = (
    "Alvar", "Amber", "Bellow", "Brack", "Brindle", "Cairn", "Corvan", "Dalven", "Dunmar", "Elder",
    "Evers", "Fallow", "Fenner", "Garrow", "Halden", "Harrow", "Ivern", "Jarrow", "Keld", "Larken",
    "Lorwen", "Marlow", "Morven", "Nether", "Orrin", "Pellan", "Quarren", "Raven", "Sorrel",
    "Tarren", "Thistle", "Umber", "Vantor", "Wexen", "Wilder", "Yarrow",
)  # fmt: skip
TAILS = ("wick", "mere", "holt", "brook", "field", "combe", "stead", "ridge", "gate", "shaw",
         "dell", "croft", "fell")  # fmt: skip
STREETS = ("berry", "bend", "crest", "glen", "haven", "hollow", "meadow", "moor", "run", "view",
           "vale", "wind", "wood")  # fmt: skip

SECTORS = (
    "Analytics", "Architects", "Builders", "Capital Equipment", "Ceramics", "Components",
    "Construction", "Consulting", "Controls", "Dairy", "Dental Group", "Design Studio",
    "Distribution", "Electric Supply", "Engineering", "Farms", "Foods", "Freight", "Furniture",
    "Health Partners", "Hospitality", "Industries", "Instruments", "Laboratories", "Law Group",
    "Logistics", "Machine Works", "Manufacturing", "Marine", "Materials", "Medical Center",
    "Metals", "Optics", "Packaging", "Paper", "Pediatrics", "Plastics", "Precision Tools",
    "Printing", "Public Schools", "Publishing", "Roofing", "Senior Living", "Software",
    "Solar", "Staffing", "Steel", "Systems", "Textiles", "Transport", "University",
)  # fmt: skip

# How many payees of a kind, and what follows the coined word.
KINDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "charity": (20, (" Food Bank", " Animal Rescue", " Relief Fund", " Arts Council")),
    "clothing": (30, (" Apparel", " & Finch", " Outfitters", " Shoes", " Denim Co.")),
    "coffee": (30, (" Coffee", " Roasters", " Espresso Bar", " Tea House")),
    "department_store": (16, (" Department Store", " & Sons", " Warehouse Club", " Home")),
    "education": (24, (" College", " Tutoring", " Learning Center", " Music School")),
    "electronics": (24, (" Electronics", " Audio", " Computers", " Photo")),
    "fitness": (24, (" Fitness", " Yoga", " Climbing Gym", " Athletic Club")),
    "fuel": (30, (" Fuel", " Gas & Go", " Petroleum", " Travel Stop")),
    "grocery": (40, (" Market", " Grocers", " Fresh Foods", " Produce", " Farm Stand")),
    "healthcare": (30, (" Family Medicine", " Dental Care", " Vision", " Urgent Care")),
    "home_improvement": (24, (" Hardware", " Lumber", " Garden Center", " Flooring")),
    "hotel": (20, (" Inn", " Suites", " Lodge", " Resort")),
    "insurer": (24, (" Mutual Insurance", " Life Assurance", " Casualty", " Home & Auto")),
    "landlord": (40, (" Property Management", " Apartments", " Residential", " Realty Trust")),
    "online_shop": (40, (".example", " Direct", " Online", " Marketplace", " Crafts")),
    "parking": (16, (" Parking", " Garage", " Toll Services", " Transit")),
    "pharmacy": (24, (" Pharmacy", " Drugs", " Apothecary", " Wellness")),
    "restaurant": (60, (" Grill", " Kitchen", " Diner", " Pizzeria", " Noodle House", " Taqueria",
                        " Bistro", " Burgers", " Smokehouse", " Curry House")),
    "rideshare": (12, (" Rides", " Cab Co.", " Car Share")),
    "streaming": (20, (" Stream", " Music", " Video Plus", " Games Pass", " Cloud Storage")),
    "telecom": (24, (" Wireless", " Broadband", " Communications", " Fiber")),
    "travel": (20, (" Airways", " Travel", " Cruises", " Rail")),
    "utility": (30, (" Electric Co-op", " Water District", " Gas & Power", " Energy",
                     " Waste Services")),
}  # fmt: skip

# Words of well-known names: none may be a word of a merchant, a company or a street (lower case).
_DENIED = """
    aetna airbnb albertsons aldi allstate amazon amex apple applebee arbys at&t autozone bestbuy
    boeing bp cargill caterpillar centene chase chevron chick-fil-a chipotle cigna cisco citi
    citibank citgo coca-cola comcast conoco costco cvs delta disney domino doordash dunkin ebay
    edison etsy expedia exxon facebook fidelity firestone foodlion ford fedex geico goldman
    goodyear google grubhub hartford hertz hilton hulu humana hyatt ibm ihop ikea instacart intel
    intuit jetblue kaiser kfc kmart kohls kroger lidl lowes lyft macys marathon marriott mastercard
    mcdonald mcdonalds metlife microsoft mobil nationwide netflix nike nordstrom nvidia oracle
    panera paypal pepsi petco petsmart pfizer progressive prudential publix qwest safeway samsung
    schwab sears sheetz shell spectrum spotify sprint staples starbucks subway sunoco t-mobile
    target tesla texaco tiktok toyota travelers uber ups usaa vanguard venmo verizon visa walgreens
    walmart wawa wayfair wegmans wendy wendys wells-fargo xfinity yelp zelle
"""
DENIED = frozenset(_DENIED.split())


def stems(tails: tuple[str, ...] = TAILS) -> list[str]:
    """Every coined word once, heads in turn so that neighbours differ."""
    return [head + tail for tail in tails for head in HEADS if head[-1] != tail[0]]


def denied(name: str) -> bool:
    """Whether a word of the name is a word of a well-known one."""
    return any(word in DENIED for word in name.lower().replace(".", " ").split())
