"""The interval of a share that was counted: Wilson's, which holds for few and for rare.

Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
Journal of the American Statistical Association 22 (1927).
"""

from __future__ import annotations

import math

Z_95 = 1.96


def wilson(hits: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """Give the interval of `hits` in `of`; 0 to 1 where nothing was counted.

    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not of:
        return (0.0, 1.0)
    share, square = hits / of, z * z
    middle = share + square / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    return ((middle - reach) / whole, (middle + reach) / whole)
