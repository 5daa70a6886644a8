"""employees_db: departments, branches, staff, training, reviews and assignments."""

from dhub.domains.employees.assignments import ASSIGNMENTS
from dhub.domains.employees.employees import EMPLOYEES
from dhub.domains.employees.offices import BRANCHES, DEPARTMENTS
from dhub.domains.employees.programs import PROGRAMS
from dhub.domains.employees.reviews import REVIEWS
from dhub.domains.employees.training import TRAINING
from dhub.model import Domain

DOMAIN = Domain(
    "employees_db",
    (DEPARTMENTS, BRANCHES, EMPLOYEES, PROGRAMS, TRAINING, REVIEWS, ASSIGNMENTS),
)
