"""Takes shares of what customers choose, gives the persona that a plain classifier takes each for.

Linear discriminants (Fisher, 1936): each persona's mean, one covariance for all, both in closed
form, so that nothing is tuned and nothing is drawn. Half of the customers tell what personas are
like, the other half is judged by it, and the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dhub.verify.chance import group_of

if TYPE_CHECKING:
    import pyarrow as pa

Float = NDArray[np.float64]
Int = NDArray[np.int64]

# Customers that tell enough: of a larger bank one in so many is asked for, since each is held here
# with all shares, several times over.
_ENOUGH = 10_000
# Of customers with enough payments: persona, age, and all shares in the order of their names.
ASKS = f"""
SELECT customer_key, any_value(persona) AS persona, any_value(age) AS age,
       list(coalesce(share, 0) ORDER BY habit) AS shares
FROM (FROM warehouse_db.habits CROSS JOIN (SELECT DISTINCT habit FROM warehouse_db.shares))
LEFT JOIN warehouse_db.shares USING (customer_key, habit)
WHERE persona IS NOT NULL AND hash(customer_key)
    % (SELECT greatest(1, count(*) // {_ENOUGH}) FROM warehouse_db.habits) = 0
GROUP BY customer_key ORDER BY customer_key
"""

# The part of the covariance that is taken to be none: a small bank has few customers a feature.
_SHRUNK = 0.2
_YEARS = 2  # of an age that counts as one: ages of personas end where no straight line does


def guesses(asked: pa.Table) -> pa.Table:
    """For each customer the persona `by_habits`, `by_age`, and `by_both`."""
    import pyarrow as pa

    key = np.asarray(asked["customer_key"], dtype=np.int64)
    persona = asked["persona"].to_pylist()
    names, label = np.unique(np.array(persona, dtype=str), return_inverse=True)
    half = group_of(key) % 2
    # Square roots: the variance of a share grows with it, that of its root does not.
    habits = np.sqrt(_matrix(asked["shares"]))
    ages = _one_of(np.asarray(asked["age"], dtype=np.int64) // _YEARS)
    said = {"by_habits": habits, "by_age": ages, "by_both": np.c_[habits, ages]}
    columns: dict[str, Any] = {"customer_key": key, "persona": pa.array(persona, "string")}
    for name, features in said.items():
        found = _told(features, label, half, len(names))
        columns[name] = pa.array([str(names[each]) for each in found], "string")
    return pa.table(columns)


def _matrix(lists: pa.ChunkedArray) -> Float:
    flat = lists.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, dtype=np.float64).reshape(len(lists), len(flat) // max(len(lists), 1))


def _one_of(kinds: Int) -> Float:
    return np.asarray(kinds[:, None] == np.unique(kinds), dtype=np.float64)


def _told(features: Float, label: Int, half: Int, personas: int) -> Int:
    """The persona that each half is taken for by what the other half tells."""
    found = np.zeros(len(label), dtype=np.int64)
    for asked in (half == 0, half == 1):
        if asked.any() and not asked.all():
            weight, base = _learned(features[~asked], label[~asked], personas)
            found[asked] = (features[asked] @ weight + base).argmax(axis=1)
    return found


def _learned(features: Float, label: Int, personas: int) -> tuple[Float, Float]:
    """Weights and constants of the linear discriminants; a persona that nobody has is none."""
    count = np.bincount(label, minlength=personas).astype(np.float64)
    mean = _one_hot(label, personas).T @ features / np.maximum(count, 1)[:, None]
    off = features - mean[label]
    spread = off.T @ off / max(len(label) - personas, 1)
    spread = (1 - _SHRUNK) * spread + np.diag(_SHRUNK * np.diag(spread) + 1e-9)
    weight = np.asarray(np.linalg.solve(spread, mean.T), dtype=np.float64)
    with np.errstate(divide="ignore"):
        often: Float = np.log(count / len(label))
    return weight, often - 0.5 * (mean * weight.T).sum(axis=1)


def _one_hot(label: Int, personas: int) -> Float:
    return np.asarray(label[:, None] == np.arange(personas), dtype=np.float64)
