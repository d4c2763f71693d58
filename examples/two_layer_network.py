"""Backpropagation, derived: a network with one hidden layer, by both matrices of weights.

>>> print(gradient("W2").compact)
(W2*h + b2 - y)*h'
>>> print(gradient("W2").result)
(W2*tanh(W1*x + b1) + b2 - y)*tanh(W1*x + b1)'
>>> print(gradient("W1").result)
((W2'*(W2*tanh(W1*x + b1) + b2 - y)).*(ones(k) - tanh(W1*x + b1).^2))*x'
"""

from __future__ import annotations

import derive

LOSS = "h = tanh(W1*x + b1); norm(W2*h + b2 - y)^2/2"
SHAPES = {"W1": "k x n", "W2": "m x k", "x": "n", "y": "m", "b1": "k", "b2": "m"}


def gradient(weights: str) -> derive.Derivation:
    """The gradient by the weights of that name."""
    return derive.gradient(LOSS, weights, shapes=SHAPES)


if __name__ == "__main__":
    for name in ("W2", "W1"):
        print(gradient(name).text(), end="\n\n")
