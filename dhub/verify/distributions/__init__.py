"""Every figure of the run's profile against the tables; a question's id is the figure's path."""

from dhub.verify.model import DISTRIBUTIONS
from dhub.verify.questions import questions

CHECKS = questions(DISTRIBUTIONS, "distributions")
