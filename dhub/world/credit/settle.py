"""Takes a mix and what each row may be, gives the mix with every row in a category it may have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Flags = NDArray[np.bool_]


def permitted(code: Int, allowed: Flags) -> Int:
    """Exchange each forbidden code with that of the nearest row where both then fit.

    `allowed` has shape (rows, categories). The totals stay; a row without a partner takes the
    first category it may have. Scores already keep nearly all rows out of what they may not be,
    so this walks through a handful.
    """
    code = code.copy()
    for row in np.flatnonzero(~allowed[np.arange(len(code)), code]):
        able = np.flatnonzero(allowed[row, code] & allowed[:, code[row]])
        if len(able):
            other = able[np.argmin(np.abs(able - row))]
            code[row], code[other] = code[other], code[row]
        else:
            code[row] = np.argmax(allowed[row])
    return code


def barred(allowed: Flags) -> NDArray[np.float64]:
    """Scores for `spread` that keep rows out of the categories they may not have."""
    return np.where(allowed, 0.0, -9.0)
