"""All benchmarks at a small size: ``make bench``, or ``python -m bench``."""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = (
    ("bulk_import",),
    ("full_refresh",),
    ("asof_lifecycle",),
    ("identity", "--links", "100000"),
)


def main() -> int:
    """Run each in a process of its own; 1 when one failed or gave two different answers."""
    codes = [
        subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=False).returncode
        for name, *options in SCRIPTS
    ]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
