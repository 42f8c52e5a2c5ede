"""Multinomial logistic regression: weights that tell classes apart, by L-BFGS.

Minimises the mean cross-entropy of the examples plus |weights|^2 / (2 strength n), biases left
free (Bishop, Pattern Recognition and Machine Learning, 4.3.4). Deterministic on one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

ITERATIONS_MAX: Final = 200
GRADIENT_MIN: Final = 1e-4
CHANGE_MIN: Final = 1e-9

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


def fitted(
    vectors: Floats, labels: Places, classes: int, *, importance: Floats, strength: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return weights, shape (classes, dims), and biases, one a class.

    Args:
        vectors: Examples, shape (examples, dims).
        labels: The class of each.
        classes: How many there are; one without examples gets a bias far below the others.
        importance: How much each example counts, 1 on average.
        strength: Inverse of the regularisation.
    """
    count, dims = vectors.shape
    widened = np.concatenate([vectors, np.ones((count, 1), np.float32)], axis=1)
    loss = _loss(widened, labels, classes, importance, strength)
    with threadpool_limits(limits=1):
        found = minimize(
            loss,
            np.zeros(classes * (dims + 1)),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": ITERATIONS_MAX, "gtol": GRADIENT_MIN, "ftol": CHANGE_MIN},
        )
    weights = found.x.reshape(classes, dims + 1)
    return weights[:, :-1], weights[:, -1]


def _loss(
    widened: Floats, labels: Places, classes: int, importance: Floats, strength: float
) -> Callable[[npt.NDArray[np.float64]], tuple[float, npt.NDArray[np.float64]]]:
    """Return the function to minimise: flat weights to loss and gradient."""
    count = len(labels)
    rows = np.arange(count)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights = flat.reshape(classes, -1)
        logits = widened @ weights.T.astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        right = logits[rows, labels].copy()
        np.exp(logits, out=logits)
        totals = logits.sum(axis=1)
        entropy = ((np.log(totals) - right) * importance).sum(dtype=np.float64)
        logits /= totals[:, None]
        logits[rows, labels] -= 1
        logits *= importance[:, None]
        gradient = (logits.T @ widened).astype(np.float64)
        kept = weights.copy()
        kept[:, -1] = 0
        value = entropy + (kept * kept).sum() / (2 * strength)
        return float(value / count), ((gradient + kept / strength) / count).ravel()

    return loss
