"""The invariants A to G: what must hold on every row of a bank. Each is a question in SQL."""

from dhub.verify.model import INVARIANTS
from dhub.verify.questions import questions

CHECKS = questions(INVARIANTS, "invariants")

# Rules that are not yet asked, with their titles: told as such. There is none at present.
LATER: tuple[tuple[str, str], ...] = ()
