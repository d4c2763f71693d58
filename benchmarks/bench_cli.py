"""The command line as a whole process, from start to exit, beside `python -c "import numpy"`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping

from timing import judged, medians, table

#: With byte code as an installed package has it, NumPy's too.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def process(*arguments: str) -> Callable[[], object]:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(
        command, check=True, capture_output=True, stdin=subprocess.DEVNULL, env=ENVIRONMENT
    )


def run() -> Mapping[str, bool]:
    jobs = {
        "derive gradient": process("-m", "derive", "gradient", "norm(X*A')^2/2", "--wrt", "X"),
        "import numpy": process("-c", "import numpy"),
        "import derive.api": process("-c", "import derive.api"),
        "derive --version": process("-m", "derive", "--version"),
        "bare Python": process("-c", ""),
    }
    ms = medians(20, jobs)
    theirs = ms["import numpy"]
    table(["whole process", "ms", "of NumPy's"], [[name, t, t / theirs] for name, t in ms.items()])
    return {"a proof is printed before NumPy is imported": ms["derive gradient"] < theirs}


if __name__ == "__main__":
    judged(__doc__, run)
