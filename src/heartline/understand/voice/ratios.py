"""One head on words that says yes or no: words weigh by how much oftener they stand where it is so.

Each word is scaled by the logarithm of that ratio, and logistic regression is fitted to what comes of it (Wang and
Manning, 2012, "Baselines and Bigrams", ACL P12-2018). What the two say together is linear in the words again.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_NEVER: Final = 12.0


def fit_by_ratios(
    words: Any,  # noqa: ANN401  # a sparse matrix of scipy
    true: NDArray[np.bool_],
    *,
    strength: float,
    evenly: bool = False,
) -> tuple[NDArray[np.float32], float]:
    """Return weights, one a word, and a bias. ``evenly``: those it is true of count as much as all the others."""
    from scipy.sparse import diags  # noqa: PLC0415  # heavy: only who teaches pays for it
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # likewise

    if true.all() or not true.any():
        return np.zeros(words.shape[1], dtype=np.float32), _NEVER if true.all() else -_NEVER
    there = words.astype(bool).astype(np.float32)
    here, all_ = (np.asarray(part.sum(axis=0)).ravel() for part in (there[true], there))
    ratio = np.log((here + 1) / (here + 1).sum()) - np.log((all_ - here + 1) / (all_ - here + 1).sum())
    head = LogisticRegression(
        C=strength, solver="liblinear", tol=1e-2, class_weight="balanced" if evenly else None, random_state=0
    ).fit((words @ diags(ratio)).tocsr(), true)
    return (head.coef_[0] * ratio).astype(np.float32), float(head.intercept_[0])
