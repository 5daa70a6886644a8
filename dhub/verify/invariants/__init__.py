"""The invariants A to G: what must hold on every row of a bank. Each is a question in SQL."""

from dhub.verify.model import INVARIANTS
from dhub.verify.questions import questions

CHECKS = questions(INVARIANTS, "invariants")

# Money and events of one database that show in another: the storey that is built next.
LATER = (
    ("G12", "Structuring shows as three or more cash deposits just below the threshold"),
)
