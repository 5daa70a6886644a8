"""Gives the words that businesses and streets are named with: fictional, and of several sorts.

Used by `make_pools` only. A pattern is words with slots: A an adjective, C a coined word, S a rare
surname, T a thing, N a noun of the kind. No real brand is built from them: see DENIED, which a
test also runs over every pool.
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
_ADJECTIVES = """Blue|Golden|Silver|Copper|Red Barn|Corner|Old Mill|Sunny|Little|Green|Bright
    |Lucky|Twin|Hidden|Rusty|Seven|Honest|Crooked|Lazy|Northern|Prairie|Harbor|Lakeside|Hillside
    |Country|Second|Friendly|Quiet|Wandering|Painted|Ninth Street|Riverbend|Cedar|Juniper|Maple
    |Magnolia|Cypress|Sage|Clover|Willow"""
_SURNAMES = """Abernathy|Achterberg|Alvarado|Baptiste|Barrientos|Beaumont|Brannigan|Caruso
    |Castellano|Chaudhry|Crenshaw|Delacroix|Delgado|Dufresne|Eastman|Ekström|Escobedo|Fairbanks
    |Falcone|Fitzhugh|Gallagher|Giordano|Gupta|Haddad|Halvorsen|Hasegawa|Hathaway|Holloway|Iglesias
    |Iyer|Jankowski|Kapoor|Kessler|Khoury|Kowalczyk|Lachance|Lindqvist|Lombardi|Luong|MacAllister
    |Mancini|McBride|McGrath|Moreau|Nakagawa|Navarro|Nwosu|Oberholtzer|Okafor|Ostrowski|Pacheco
    |Papadakis|Pemberton|Petrov|Quintero|Rafferty|Rosenthal|Sandoval|Schroeder|Silveira|Stavros
    |Szymanski|Tanaka|Thibodeaux|Trujillo|Uchida|Vandermeer|Villanueva|Weatherby|Whitcomb|Winslow
    |Yamamoto|Yoder|Zamora|Zielinski"""
_THINGS = """Anchor|Anvil|Arrow|Beacon|Bell|Bison|Bobcat|Cardinal|Chestnut|Cobalt|Compass|Condor
    |Coyote|Crescent|Dogwood|Egret|Ember|Falcon|Flint|Foundry|Granite|Heron|Hickory|Ironwood
    |Keystone|Kingfisher|Lantern|Larch|Lighthouse|Meridian|Mesa|Millstone|Oriole|Osprey|Paragon|Pelican
    |Pinnacle|Quarry|Redwood|Sandpiper|Sequoia|Summit|Sycamore|Tamarack|Tidewater|Trellis|Vista
    |Wagon|Whistler|Windmill"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|"))


ADJECTIVES, SURNAMES, THINGS = _words(_ADJECTIVES), _words(_SURNAMES), _words(_THINGS)

# How many of a kind do business nationwide, in each region and around each branch; the nouns of
# the kind; the patterns of its signs.
Sign = tuple[str, str, str]
KINDS: dict[str, Sign] = {
    "bar": ("0/1/2", "Tap|Pint|Stool|Barrel|Alehouse", "The A N|S's Tavern|A T Brewing|T Pub"),
    "charity": ("8/1/0", "Hands|Harvest|Shelter|Rescue",
                "T Food Bank|A N Fund|C Animal Rescue|T Relief"),
    "childcare": ("2/1/2", "Sprouts|Acorns|Ducklings|Explorers",
                  "A N Preschool|S Little N|S Child Care|T Early Learning"),
    "clothing": ("12/3/1", "Thread|Button|Stitch|Hem|Denim",
                 "A N Apparel|S & S Clothiers|T Outfitters|N & T|C Shoes|S Menswear"),
    "coffee": ("4/3/3", "Bean|Kettle|Grind|Mug|Drip|Crema",
               "A N Coffee|The A N|S Coffee Roasters|T N & Crumb|T Espresso Bar"),
    "department_store": ("6/2/0", "Emporium|Mercantile|Exchange",
                         "S & Sons|S Department Store|A N|T Warehouse Club|C Home"),
    "education": ("4/1/1", "Scholars|Lyceum|Academy",
                  "C College|T Tutoring|A Page Books|S School of Music|T Test Prep"),
    "electronics": ("8/2/0", "Circuit|Pixel|Volt|Signal|Socket",
                    "A N Electronics|N Barn T|S Audio & Video|T Computers|N House C"),
    "entertainment": ("4/2/2", "Bowl|Cinema|Playhouse|Arcade|Stage",
                      "A N|T Cinemas|C Theater|S Lanes|T Amusements|A T Mini Golf"),
    "fast_food": ("14/3/2", "Burger|Taco|Wing|Sub|Wrap|Slice",
                  "A N|N Shack T|S's Pizza|A Chicken T|C N Counter|T Sandwiches"),
    "fitness": ("4/2/2", "Barbell|Stride|Sweat|Tempo",
                "T Fitness|A Yoga T|N Athletic Club C|S Boxing Gym|T Climbing"),
    "fuel": ("6/4/2", "Pump|Gas|Fuel", "T N & Go|C Petroleum|A Travel Stop|S Oil|T N Mart"),
    "grocery": ("4/5/3", "Basket|Pantry|Larder|Cart|Orchard|Harvest",
                "A N Market|S Foods|A N Grocers|T Fresh Market|S Bros. Supermarket|C Farm Stand"
                "|S Bakery|S Meats"),
    "healthcare": ("0/2/4", "Care|Wellness|Health",
                   "T Family Medicine|S Dental|C Eye N|A Pediatrics|T Urgent Care|S Chiropractic"),
    "home_improvement": ("4/2/1", "Hammer|Nail|Lumber|Plank",
                         "S Hardware|A N Supply|T Garden Center|C Flooring|S & Son Lumber"),
    "furniture": ("4/2/1", "Chair|Hearth|Table", "S Furniture|A N Interiors|T Home Furnishings"),
    "hotel": ("10/3/1", "Inn|Lodge|Suites", "A N|T Resort|The S|C N|T N & Spa"),
    "insurer": ("14/2/0", "Mutual|Casualty|Assurance", "T N Insurance|C Life N|S Home & Auto|A N"),
    "landlord": ("2/3/5", "Apartments|Residences|Flats|Commons",
                 "A N|S Property Management|T N|C Realty Trust|S & S Rentals|T Village N"),
    "online_shop": ("44/0/0", "Crate|Parcel|Find|Bundle|Shelf",
                    "TN.example|T & N Online|C Marketplace|A N Direct|S Crafts|T Gadgets"),
    "parking": ("2/1/1", "Park|Garage", "T N|C Toll Services|A Lot T|S N Systems"),
    "personal_care": ("2/1/3", "Shears|Comb|Polish|Glow",
                      "S Hair Studio|A N Salon|T Barber Shop|N & T Spa|C Nails"),
    "pharmacy": ("4/3/1", "Remedy|Script|Mortar", "S Pharmacy|A N Drugs|T Apothecary|C Rx"),
    "restaurant": ("8/6/8", "Fork|Table|Spoon|Skillet|Plate|Oven",
                   "The A N|S's Kitchen|A T Grill|S Trattoria|T Noodle House|Casa S|A N Bistro"
                   "|T Steakhouse|C Curry House|S's Diner|A T Smokehouse"),
    "rideshare": ("4/1/0", "Hop|Zoom|Hitch", "T Cab Co.|N Rides C|A N"),
    "streaming": ("20/0/0", "Stream|Play|Tune",
                  "T N|C Music|A Screen T|T Games Pass|C Cloud Storage"),
    "telecom": ("8/3/0", "Wireless|Mobile|Fiber", "T N|C Broadband|A T Communications|T Cable & N"),
    "toys": ("4/1/0", "Marble|Kite|Puzzle", "A N Toys|S's Toy Chest|T Kids Wear"),
    "transit": ("0/0/1", "Transit|Metro", "T N Authority|C Regional N|A Line Rail"),
    "travel_agency": ("6/2/0", "Voyages|Journeys|Cruises", "A N|T Travel|C N"),
    "airline": ("8/1/0", "Air|Airways|Jet", "T N|C N|A Sky T"),
    "utility": ("0/0/2", "Electric|Energy|Power", "T N Co-op|C Gas & N|A T N|T N Company"),
    "water": ("0/0/1", "Water|Waste", "C N District|T N Services|A Valley Water"),
}  # fmt: skip

# Lines of business of employers, likewise.
SECTORS: dict[str, Sign] = {
    "construction": ("1/2/4", "Builders|Contracting|Roofing",
                     "S N|A T Construction|S & Sons N|T N Group"),
    "education": ("0/2/4", "Schools|Academy",
                  "C Public N|T N|C University|A County School District"),
    "finance": ("3/2/3", "Advisors|Accounting|Capital", "S & S N|T N Partners|C N"),
    "healthcare": ("2/4/5", "Clinic|Hospital|Hospice",
                   "C Medical Center|S Memorial N|T Health Partners|A Senior Living|T N"),
    "hospitality": ("3/2/3", "Hotels|Catering", "T N Group|A N|S Restaurants|C Hospitality"),
    "logistics": ("5/3/2", "Freight|Trucking|Logistics",
                  "T N|S & Sons N|C Distribution|A Express N"),
    "manufacturing": ("8/4/4", "Metals|Plastics|Tool & Die|Packaging|Foods|Textiles",
                      "S N|C N|T N Company|A T Machine Works|S Industries"),
    "professional": ("3/3/4", "Law Group|Architects|Consulting|Engineering",
                     "S & S N|S N|T N|C N|A T Design"),
    "public": ("0/1/3", "Department|Office", "C County Services|Town of C|T Library District"
               "|C Fire District|T Port Authority"),
    "real_estate": ("1/2/2", "Realty|Holdings|Properties", "S N|T N|C N|A T N"),
    "retail": ("8/3/3", "Supply|Outlet|Auto|Wholesale",
               "S N|T N|A N Stores|C Trading|S Auto Group"),
    "services": ("3/3/3", "Cleaning|Landscaping|Staffing|Security|Plumbing",
                 "S N|A T N|T N Services|C N"),
    "technology": ("8/3/3", "Software|Analytics|Systems|Robotics|Cloud",
                   "T N|C N|A N Labs|TN.example|S Data Works"),
}  # fmt: skip
FORMS = ("Inc.", "LLC", "Co.", "Corp.", "LLC")

STREETS = ("berry", "bend", "crest", "glen", "haven", "hollow", "meadow", "moor", "run", "view",
           "vale", "wind", "wood")  # fmt: skip
_TREES = """Alder|Aspen|Beech|Birch|Buckeye|Catalpa|Hawthorn|Hazel|Hemlock|Holly|Laurel|Linden
    |Locust|Mulberry|Poplar|Rowan|Spruce|Sumac|Tupelo|Walnut"""
_TRADES = """Baker|Brewer|Carter|Chandler|Cooper|Dyer|Ferry|Forge|Glazier|Hatter|Mason|Miller
    |Potter|Ropewalk|Sawyer|Tannery|Thatcher|Turner|Weaver|Wheelwright"""
TREES, TRADES = _words(_TREES), _words(_TRADES)

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
# Pairs of plain words that happen to be a well-known name (lower case, anywhere in a name).
_PAIRS = frozenset((
    "golden corral", "red lobster", "blue bottle", "blue apron", "green giant", "lucky brand",
    "sage software", "red barn pizza", "northern trust", "northern tool", "lakeside foods",
    "beacon health", "summit racing", "keystone foods", "keystone rv", "cardinal health",
    "compass group",
    "granite construction", "green mountain", "sunny delight", "silver cinemas", "willow tree",
    "pinnacle foods", "harbor freight", "country kitchen", "summit health", "anchor brewing",
    "quiet logistics", "summit hotel", "twin peaks", "redwood credit", "vista outdoor",
    "wagon wheel",
    "lucky supermarket", "cobalt robotics", "falcon oil", "meridian energy",
))  # fmt: skip


def stems(tails: tuple[str, ...] = TAILS) -> list[str]:
    """Every coined word once, heads in turn so that neighbours differ."""
    return [head + tail for tail in tails for head in HEADS if head[-1] != tail[0]]


def denied(name: str) -> bool:
    """Whether a word of the name is a word of a well-known one, or two of them are."""
    low = name.lower()
    return any(pair in low for pair in _PAIRS) or any(
        word.removesuffix("'s") in DENIED for word in low.replace(".", " ").split()
    )
