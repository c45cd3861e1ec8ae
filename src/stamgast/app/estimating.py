"""How many a draft holds, from a sample of the profiles: at once, and with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10, sqrt
from typing import TYPE_CHECKING

from stamgast.app.core import STAGE
from stamgast.app.labels import out_of_reports

if TYPE_CHECKING:
    from stamgast.app.core import Core
    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant
    from stamgast.store.sample import Sample

SURE = 2.5758293035489004
"""How many standard deviations an interval reaches: the exact count is in it 99 times of 100."""
TABLE = "draft_estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Roughly how many a draft holds, without who carries an extension that is excluded from reports."""

    as_of: Instant
    count: int
    low: int
    high: int
    """The exact count is from ``low`` to ``high``, 99 times of 100."""
    sampled: int
    """How many profiles were looked at."""
    of: int
    """How many there are."""

    @property
    def about(self) -> int:
        """The count as one says it: no digit that the sample cannot know."""
        reach = max(self.high - self.low, 1)
        step = 10 ** max(0, floor(log10(reach / 2))) if reach > 1 else 1
        return round(self.count / step) * step

    def as_json(self) -> dict[str, int]:
        """As an API writes it."""
        return {
            "about": self.about,
            "low": self.low,
            "high": self.high,
            "sampled": self.sampled,
            "of": self.of,
        }


def estimate(core: Core, name: str, known: Definitions, t: Instant, sample: Sample) -> Estimate:
    """How many the segment ``name`` of these definitions holds; percentiles and ranks are of everybody."""
    engine = core.engine_for(known, like=core.engine)
    engine.sampled(TABLE, [name], t, sample)
    rows = core.reader.db.run(
        f'SELECT count(*) FROM {TABLE} WHERE "{name}" '  # noqa: S608 - a checked name
        "AND NOT list_contains($out::BIGINT[], profile_id)",
        {"out": list(out_of_reports(core, t))},
    )
    return scaled(int(rows[0][0]), sample.size, sample.of, t)


def scaled(found: int, sampled: int, of: int, t: Instant) -> Estimate:
    """From ``found`` among ``sampled`` to ``of``: Wilson's interval, narrower where most were looked at.

    >>> one = scaled(160, 16_000, 1_000_000, 0)
    >>> one.count, one.low, one.high, one.about
    (10000, 8180, 12220, 10000)
    """
    if sampled >= of:
        return Estimate(as_of=t, count=found, low=found, high=found, sampled=of, of=of)
    worth = sampled * (of - 1) / (of - sampled)  # as if drawn with replacement
    share, z2 = found / sampled, SURE * SURE
    middle = (share + z2 / (2 * worth)) / (1 + z2 / worth)
    reach = SURE / (1 + z2 / worth) * sqrt(share * (1 - share) / worth + z2 / (4 * worth * worth))
    return Estimate(
        as_of=t,
        count=round(share * of),
        low=max(found, floor((middle - reach) * of)),
        high=min(of - (sampled - found), ceil((middle + reach) * of)),
        sampled=sampled,
        of=of,
    )


def warm(core: Core, t: Instant, sample: Sample, step: int) -> bool:
    """Look up what stages, then the shop's own segments read of it; whether there is a next step.

    Not more steps than that: whoever reads another column of a table reads that table again. Segments
    that rank everybody are left out: that takes long, and few ask for it.
    """
    named = [one.name for one in core.definitions.segments.values() if not one.uses_statistics]
    core.engine.sampled(TABLE, named if step else [STAGE], t, sample)
    return step == 0
