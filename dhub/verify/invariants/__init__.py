"""The invariants A to G: what must hold on every row of a bank. Each is a question in SQL."""

from dhub.verify.model import INVARIANTS
from dhub.verify.questions import questions

CHECKS = questions(INVARIANTS, "invariants")
