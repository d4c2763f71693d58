"""What the benchmarks share: interleaved runs, a table, and the option --assert."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence


def medians(turns: int, jobs: Mapping[str, Callable[[], object]], each: int = 1) -> dict[str, float]:
    """Median milliseconds of each job.  They take turns, so that a busy machine slows all of them alike.

    A job runs `each` times in its turn, and once before, so that the processor's caches are its own (warm).
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(turns):
        for name, job in jobs.items():
            if each > 1:
                job()
            for _ in range(each):
                start = time.perf_counter()
                job()
                times[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(t) for name, t in times.items()}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints rows, numbers flush right."""
    cells = [list(head)] + [[f"{c:.2f}" if isinstance(c, float) else str(c) for c in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        first, *others = [c.rjust(w) for c, w in zip(row, widths)]
        print("  ".join([row[0].ljust(len(first)), *others]))


def judged(description: str | None, run: Callable[[], Mapping[str, bool]]) -> None:
    """Runs a benchmark; with --assert the exit code is 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--assert", dest="strict", action="store_true", help="fail where a claim fails")
    strict = parser.parse_args().strict
    claims = run()
    for claim, holds in claims.items():
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: {claim}")
    sys.exit(1 if strict and not all(claims.values()) else 0)
