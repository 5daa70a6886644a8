"""What real data look like, measured: each question gives a number that must lie within its aim."""

from dhub.verify.model import REALISM
from dhub.verify.questions import questions

CHECKS = questions(REALISM, "realism")
