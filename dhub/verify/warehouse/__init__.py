"""What a star must share with the six databases, what it must keep itself, and how people live in
it: asked of `warehouse_db` where there is one."""

from dhub.verify.model import WAREHOUSE
from dhub.verify.questions import questions

CHECKS = questions(WAREHOUSE, "warehouse")
