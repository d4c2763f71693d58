"""Logistic regression: the cross-entropy of labels y in {0, 1}, by the weights.

Both ways of writing the loss have the same gradient, and the proofs say why.

>>> print(cross_entropy().result)
X'*(sigmoid(X*w) - y)
>>> print(with_softplus().result)
X'*(sigmoid(X*w) - y)
"""

from __future__ import annotations

import derive

SHAPES = {"X": "m x n", "w": "n", "y": "m"}


def cross_entropy() -> derive.Derivation:
    """As in a textbook."""
    loss = "-y'*log(sigmoid(X*w)) - (ones(m) - y)'*log(ones(m) - sigmoid(X*w))"
    return derive.gradient(loss, "w", shapes=SHAPES)


def with_softplus() -> derive.Derivation:
    """As it is computed without overflow."""
    return derive.gradient("sum(softplus(X*w)) - y'*X*w", "w", shapes=SHAPES)


if __name__ == "__main__":
    print(cross_entropy().text())
    print()
    print(with_softplus().text())
