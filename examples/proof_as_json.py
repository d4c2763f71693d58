"""Reading a proof from a program: every line as ASCII and as LaTeX, every step with its rule and its source.

>>> proof = read()
>>> proof["result"]["ascii"]
"inv(X)'"
>>> [line["lhs"] for line in proof["lines"]]
['f', 'df', 'df/dX']
>>> sources(proof)
{'d-logdet': 'Petersen & Pedersen (2012), eq. 43'}
"""

from __future__ import annotations

import json
from typing import Any

import derive


def read() -> dict[str, Any]:
    """The proof that the gradient of log det X is the transposed inverse, as plain data."""
    proof: dict[str, Any] = json.loads(derive.gradient("logdet(X)", "X").to_json())
    return proof


def sources(proof: dict[str, Any]) -> dict[str, str]:
    """Rule -> source, for every rule which the proof used."""
    return {step["rule"]: step["cite"] for step in proof["steps"]}


if __name__ == "__main__":
    proof = read()
    for line in proof["lines"]:
        print(f"{line['lhs']:8} {line['relation']} {line['ascii']:24} {', '.join(line['rules'])}")
    for rule, source in sources(proof).items():
        print(f"{rule}: {source}")
    print(proof["verification"]["text"])
