"""customer_db: how the bank sees its customers, their contacts, complaints and campaigns."""

from dhub.domains.crm import (
    campaigns,
    complaints,
    interactions,
    profiles,
    responses,
    surveys,
)
from dhub.model import Domain

DOMAIN = Domain(
    "customer_db",
    (
        profiles.TABLE,
        interactions.TABLE,
        surveys.TABLE,
        complaints.TABLE,
        campaigns.TABLE,
        responses.TABLE,
    ),
)
