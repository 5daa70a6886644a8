"""Gives the merchants as a dimension states them: a code and a category each, prices of plans.

The ledgers of listings name a few codes more (bowling, flooring); here each has the nearest of the
codes that the warehouse knows, and an online shop is of the category online_shopping.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.world.merchants import CATEGORIES, costs, kind_of_merchant, mcc_of_merchant
from dhub.world.price_list import monthly_prices, subscription_merchants

Int = NDArray[np.int64]
__all__ = [
    "CODES", "STAR_CATEGORIES", "category_of_merchant", "monthly_prices", "star_mcc",
    "subscription_merchants",
]  # fmt: skip

# The codes of ISO 18245 by category, each with its words.
CODES: dict[str, dict[int, str]] = {
    "groceries": {
        5411: "Grocery Stores, Supermarkets",
        5422: "Freezer and Locker Meat Provisioners",
        5451: "Dairy Products Stores",
        5462: "Bakeries",
        5499: "Miscellaneous Food Stores",
    },
    "dining": {
        5812: "Eating Places, Restaurants",
        5813: "Drinking Places",
        5814: "Fast Food Restaurants",
    },
    "travel": {
        4112: "Passenger Railways",
        4411: "Steamship and Cruise Lines",
        4511: "Airlines, Air Carriers",
        4722: "Travel Agencies, Tour Operators",
        7011: "Hotels, Motels, Resorts",
        7512: "Automobile Rental Agency",
    },
    "transport": {
        4111: "Local Commuter Transport",
        4121: "Taxicabs, Limousines",
        4131: "Bus Lines",
        4784: "Tolls and Bridge Fees",
        7523: "Parking Lots, Garages",
    },
    "fuel": {5541: "Service Stations", 5542: "Automated Fuel Dispensers"},
    "children": {
        8351: "Child Care Services",
        5641: "Children's and Infants' Wear Stores",
        5945: "Hobby, Toy and Game Shops",
    },
    "healthcare": {
        8011: "Doctors",
        8021: "Dentists, Orthodontists",
        8043: "Opticians, Eyeglasses",
        8062: "Hospitals",
        8099: "Medical Services",
    },
    "pharmacy": {5912: "Drug Stores, Pharmacies"},
    "education": {
        8220: "Colleges, Universities",
        8299: "Schools, Educational Services",
        5942: "Book Stores",
    },
    "streaming": {
        4899: "Cable, Satellite and Streaming Services",
        5815: "Digital Goods: Media",
        5816: "Digital Goods: Games",
        5817: "Digital Goods: Applications",
        5818: "Digital Goods: Large Merchants",
        5968: "Continuity and Subscription Merchants",
    },
    "online_shopping": {5964: "Catalog Merchants", 5999: "Miscellaneous Specialty Retail"},
    "electronics": {5732: "Electronics Stores", 5734: "Computer Software Stores"},
    "clothing": {
        5651: "Family Clothing Stores",
        5661: "Shoe Stores",
        5691: "Men's and Women's Clothing Stores",
    },
    "home": {
        5200: "Home Supply Warehouse Stores",
        5251: "Hardware Stores",
        5712: "Furniture, Home Furnishings",
    },
    "department_store": {5310: "Discount Stores", 5311: "Department Stores"},
    "entertainment": {
        7832: "Motion Picture Theaters",
        7922: "Theatrical Producers, Ticket Agencies",
        7996: "Amusement Parks",
        7999: "Recreation Services",
    },
    "fitness": {7941: "Sports Clubs", 7997: "Membership Clubs"},
    "personal_care": {7230: "Beauty and Barber Shops", 7298: "Health and Beauty Spas"},
    "utilities": {4900: "Electric, Gas, Water Utilities"},
    "telecom": {4812: "Telecommunication Equipment", 4814: "Telecommunication Services"},
    "insurance": {6300: "Insurance Sales, Underwriting"},
    "rent": {6513: "Real Estate Agents, Rentals"},
    "charity": {8398: "Charitable Organizations"},
}
# The nearest code of codes that are not among them, by category.
_NEAREST = {
    ("telecom", 4899): 4814, ("home", 5211): 5200, ("home", 5713): 5712, ("home", 5261): 5200,
    ("department_store", 5300): 5310, ("clothing", 5611): 5691, ("entertainment", 7933): 7999,
    ("entertainment", 7994): 7999, ("healthcare", 8041): 8099,
}  # fmt: skip
_SAID = {"online_shop": "online_shopping"}
STAR_CATEGORIES = tuple(_SAID.get(name, name) for name in CATEGORIES)


@lru_cache(maxsize=1)
def category_of_merchant() -> Int:
    """Index into STAR_CATEGORIES of each merchant."""
    return costs().category[kind_of_merchant()]


@lru_cache(maxsize=1)
def star_mcc() -> Int:
    """The code of each merchant, one of CODES."""
    names = [STAR_CATEGORIES[code] for code in category_of_merchant()]
    pairs = zip(names, mcc_of_merchant().tolist(), strict=True)
    return np.array([_NEAREST.get(pair, pair[1]) for pair in pairs])
