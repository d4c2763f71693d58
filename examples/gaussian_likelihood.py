"""The Gaussian log-likelihood, by the mean and by the covariance matrix.

>>> print(by_mean().result)
inv(Sigma)*(x - mu)
>>> print(by_covariance().result)
1/2*(inv(Sigma)*S*inv(Sigma) - N*inv(Sigma))
>>> by_covariance().convention
'tangent'
"""

from __future__ import annotations

import derive

SHAPES = {"x": "n", "mu": "n", "Sigma": "n x n"}
COVARIANCE = {"Sigma": ["symmetric", "positive_definite"]}


def by_mean() -> derive.Derivation:
    """One observation."""
    return derive.gradient("-1/2*(x - mu)'*inv(Sigma)*(x - mu)", "mu", shapes=SHAPES, assume=COVARIANCE)


def by_covariance() -> derive.Derivation:
    """N observations with the scatter matrix S; the gradient is symmetric, as Sigma is."""
    return derive.gradient(
        "-N/2*logdet(Sigma) - 1/2*tr(inv(Sigma)*S)",
        "Sigma",
        shapes={"Sigma": "n x n", "S": "n x n", "N": "scalar"},
        assume={**COVARIANCE, "S": ["symmetric"]},
    )


if __name__ == "__main__":
    print(by_mean().text())
    print()
    print(by_covariance().text())
    print("\nIt is zero where Sigma = S/N.")
