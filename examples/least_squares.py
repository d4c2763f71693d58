"""Ridge regression: the gradient with its proof, and the normal equations which it gives.

>>> proof = ridge()
>>> print(proof.result)
A'*(A*x - b) + lambda*x
>>> proof.verification.kind
'exact'
"""

from __future__ import annotations

import derive


def ridge() -> derive.Derivation:
    """Half of the squared residual, and half of the penalty."""
    return derive.gradient(
        "norm(A*x - b)^2/2 + lambda/2*norm(x)^2",
        "x",
        shapes={"A": "m x n", "x": "n", "b": "m", "lambda": "scalar"},
    )


if __name__ == "__main__":
    print(ridge().text())
    print("\nAt the minimum it is zero: (A'*A + lambda*eye(n))*x = A'*b.")
