"""Shipped segments, RFM and the share of the best buyers on whole real sets, against hand-written SQL.

    python -m bench.real_segments --data FOLDER [--complete-journey transactions.parquet]

FOLDER holds ``online_retail_2009_2010/``, ``online_retail_2010_2011/`` and ``retentioneering_ecom/`` as
published; the whole Complete Journey is had as for ``bench.real_sets``. No timing. Prints one JSON object per set and instant:
whether all is equal, how many members each segment has, and what differs; and one per set with the share of net
revenue that the best fifth of the buyers brought in the 365 days to the midnight after the last order. 1 when
anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "oracle"))

from real_segments import ENDS, INSTANTS, RealSet, browsing, journey, retail

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

MAPPING = Path(__file__).parent / "mappings" / "retentioneering.yaml"


def judge(found: RealSet, shop: Shop, asked: str) -> dict[str, Any]:
    """Everything at one instant, both ways."""
    t = parse_instant(asked)
    members: dict[str, int] = {}
    differing: dict[str, Any] = {}
    for segment in found.segments:
        ours, theirs = set(found.ours(shop, segment, t)), set(found.theirs(segment, t))
        members[segment] = len(theirs)
        if ours != theirs:
            differing[segment] = {
                "too_many": sorted(ours - theirs)[:5],
                "too_few": sorted(theirs - ours)[:5],
            }
    ours_rfm, theirs_rfm = found.our_rfm(shop, t), found.rfm(t)
    members["rfm"] = len(theirs_rfm)
    if ours_rfm != theirs_rfm:
        differing["rfm"] = len(set(ours_rfm.items()) ^ set(theirs_rfm.items()))
    told = {"set": found.name, "as_of": asked, "equal": not differing, "members": members}
    return told | ({"differing": differing} if differing else {})


def share(found: RealSet, shop: Shop) -> dict[str, Any]:
    """What the best fifth brought, both ways."""
    t = parse_instant(ENDS[found.name])
    ours, theirs = found.our_best_share(shop, t), found.best_share(t)
    members, buyers, net, whole = theirs
    return {
        "set": found.name,
        "as_of": ENDS[found.name],
        "equal": ours == theirs,
        "best_buyers": members,
        "buyers": buyers,
        "net_minor": net,
        "net_of_all_minor": whole,
        "share": round(net / whole, 4),
    }


def sets(folder: Path, data: Path, whole: Path | None) -> Iterator[RealSet]:
    years = ("online_retail_2009_2010", "online_retail_2010_2011")
    first, second = (data / year / f"{year}.parquet" for year in years)
    yield retail(folder / "retail", first, second)
    clicks = data / "retentioneering_ecom" / "ecom_clickstream.parquet"
    yield browsing(folder / "browsing", clicks, MAPPING)
    if whole is not None:
        yield journey(folder / "journey", whole)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument(
        "--complete-journey", type=Path, help="the whole set's transactions.parquet"
    )
    arguments = parser.parse_args()
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        for found in sets(Path(folder), arguments.data, arguments.complete_journey):
            with Shop.open(found.calls.folder) as shop:
                told = [judge(found, shop, asked) for asked in INSTANTS[found.name]]
                if found.name in ENDS:
                    told.append(share(found, shop))
            for one in told:
                equal = equal and one["equal"]
                print(json.dumps(one), flush=True)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
