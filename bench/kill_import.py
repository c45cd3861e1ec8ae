"""Kill an import with SIGKILL at random moments: each time the shop is as before it or as after it.

    python -m bench.kill_import [--file F --mapping NAME] [--kills 20] [--seed 1]

Not a race but a check; it prints when each kill fell and what it left. Later moments are drawn more
often, for that is where an import becomes real.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS / "integration"))

from import_kills import ingest, kills, stamgast  # noqa: E402 - it lies with the tests

GIFTS = TESTS / "data" / "online_retail"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=GIFTS / "online_retail_2010_2011.parquet")
    parser.add_argument("--mapping", default="online-retail")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)  # noqa: S311 - moments, no secrets
    moments = [dice.uniform(0.3, 1.05) for _ in range(arguments.kills)]
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        zone = ["--zone", "Europe/London", "--currency", "GBP"]
        if stamgast("init", str(base), *zone).wait() != 0:
            sys.exit("the shop could not be made")
        if ingest(base, GIFTS / "online_retail_2009_2010.parquet", "online-retail").wait() != 0:
            sys.exit("the first import failed")
        found = kills(base, arguments.file, arguments.mapping, moments)
    for kill in found:
        said = {"after_s": round(kill.after_s, 3), "state": kill.state, "ended": kill.finished}
        print(json.dumps(said))
    states = [kill.state for kill in found if not kill.finished]
    print(
        json.dumps(
            {
                "killed": len(states),
                "before": states.count("before"),
                "after": states.count("after"),
            }
        )
    )


if __name__ == "__main__":
    main()
