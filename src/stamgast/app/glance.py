"""``shop.glance``: what one screen shows at once, asked in one go."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from stamgast.app.core import STAGE
from stamgast.app.figures import YEAR_REVENUE, months, order_span
from stamgast.app.finding import MOST_SHOWN, Finder
from stamgast.app.instants import instant_of
from stamgast.app.labels import out_of_reports
from stamgast.app.lifecycle import Lifecycle
from stamgast.app.private import write_private
from stamgast.app.segments import segment_lines
from stamgast.app.snapshot import of_one_snapshot
from stamgast.errors import UserError
from stamgast.model.log import DAY_US
from stamgast.store.books import last_refresh
from stamgast.store.keys import Keys
from stamgast.store.quarantine import count as quarantined
from stamgast.store.users import Users

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from stamgast.app.core import Core
    from stamgast.app.finding import Match
    from stamgast.app.instants import Moment
    from stamgast.app.letter import Letter
    from stamgast.app.reporting import Reporter
    from stamgast.app.shop import Shop
    from stamgast.model.log import Instant
    from stamgast.report.model import FlowStep, LeftOut, Month, SegmentFigure, Totals
    from stamgast.report.words import Language

BACK_US = 30 * DAY_US
"""How far back a change is told from."""
AHEAD_DAYS = 30
GLAD = frozenset({"new_buyer", "promising", "loyal"})
"""Stages one is glad to see somebody enter."""
WINDOWS = (7, 14, AHEAD_DAYS)
"""Days that "coming up" can be asked of."""
NAMED = 3
"""Of each move so many people are named, those worth most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageGlance:
    """A stage: how many are in it, were 30 days ago, and what it is worth."""

    stage: str
    count: int
    before: int
    revenue: int
    """Net, of 365 days."""
    members: int
    """Who were in it 90 days ago..."""
    bought: int
    """... and of them those who bought since, by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Somebody who goes from one stage to another by themselves."""

    at: Instant
    profile: int
    before: str
    after: str
    worth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The shop at an instant, without who carries an extension that is excluded from reports."""

    as_of: Instant
    stages: tuple[StageGlance, ...]
    segments: tuple[SegmentFigure, ...]
    segments_before: Mapping[str, int]
    """Segment -> how many were in it 30 days before."""
    coming: tuple[Coming, ...]
    """Moves between stages in the next 30 days, in order of time."""
    names: Mapping[int, Match]
    """Of those of them who are worth most."""
    steps: tuple[FlowStep, ...]
    months: tuple[Month, ...]
    """Orders and net revenue of the last 24 months of the shop's calendar, the oldest first."""
    totals: Totals
    left_out: tuple[LeftOut, ...]
    quarantined: int
    refreshed_at: Instant | None
    """The instant of the last refresh; None: there was none."""


@of_one_snapshot
class Glance:
    """What screens are made of."""

    def __init__(self, core: Core, shop: Shop) -> None:
        """Made by ``Shop``."""
        self._core = core
        self._shop = shop

    @property
    def users(self) -> Users:
        """Who may use the web app."""
        return Users(self._core.store.catalogue)

    @property
    def keys(self) -> Keys:
        """The keys with which programs ask the API."""
        return Keys(self._core.store.catalogue)

    def version(self) -> int:
        """A number that changes with each commit."""
        return self._core.store.version()

    def span(self) -> tuple[Instant, Instant] | None:
        """When the first and the last order were, of all that is known; None: there is none."""
        return order_span(self._core)

    def refreshed_at(self) -> Instant | None:
        """The instant of the last refresh; None: there was none."""
        refreshed = last_refresh(self._core.store)
        return None if refreshed is None else refreshed.at

    def overview(self, *, as_of: Moment = None) -> Overview:
        """The shop as a whole."""
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        reporter = self._shop.reporter(as_of=t)
        coming = tuple(self._coming(t))
        before = segment_lines(core, t - BACK_US, apart=True)
        refreshed = last_refresh(core.store)
        return Overview(
            as_of=t,
            stages=self._stages(t, reporter),
            segments=reporter.segments(),
            segments_before={one.name: one.count - one.apart for one in before},
            coming=coming,
            names=self.described(_worth_most(coming, t)),
            steps=reporter.steps,
            months=months(core, t),
            totals=reporter.totals,
            left_out=reporter.left_out,
            quarantined=quarantined(core.store).waiting,
            refreshed_at=None if refreshed is None else refreshed.at,
        )

    def letter(
        self, language: Language, *, as_of: Moment = None, overview: Overview | None = None
    ) -> Letter:
        """The Monday letter of the seven days up to ``as_of``.

        ``language``: of the texts to customers. ``overview``: of ``as_of``, where it was asked already.
        """
        from stamgast.app.letter import letter_of  # noqa: PLC0415 - it asks this

        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        return letter_of(self._core, self._shop, t, language, overview)

    def write_letter(
        self,
        language: Language,
        file: Path | None = None,
        *,
        as_of: Moment = None,
        contact: bool = False,
    ) -> Path:
        """Write the letter to a file, its owner's only: a page, or text when it ends in ``.txt``.

        ``file``: else ``letter.html`` in the shop's folder. ``contact``: with the names of customers
        and the texts to them. Raises UserError ``report.cannot_write``.
        """
        from stamgast.app.letter_page import LetterPage  # noqa: PLC0415 - templates are slow

        found = self.letter(language, as_of=as_of)
        core = self._core
        page = LetterPage(found, core.definitions, core.settings, language, contact=contact)
        path = file or core.folder / "letter.html"
        text = page.plain() if path.suffix.lower() == ".txt" else page.page()
        try:
            write_private(path, text)
        except OSError as error:
            raise UserError(
                "report.cannot_write",
                f"cannot write the report: {error.strerror or error}",
                where=str(path),
                hint="name another folder with --to",
            ) from error
        return path

    def described(self, profiles: Iterable[int]) -> dict[int, Match]:
        """Profile -> who it is, with as much as it takes to know them."""
        finder = Finder(self._core)
        found: dict[int, Match] = {}
        asked = list(dict.fromkeys(profiles))
        for n in range(0, len(asked), MOST_SHOWN):
            some = finder.described(asked[n : n + MOST_SHOWN])
            found |= {one.profile_id: one for one in some}
        return found

    def best_members(
        self, name: str, *, as_of: Moment = None, most: int = 12
    ) -> tuple[tuple[Match, int], ...]:
        """Members of a segment, or of ``stage:<one>``, who brought most in 365 days, with how much.

        Raises UserError ``segment.unknown``.
        """
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        kind, _, stage = name.partition(":")
        column = STAGE if kind == STAGE else core.named_segment(name).name
        holds = "stage = $stage" if kind == STAGE else f'"{column}"'
        table = core.with_traits([YEAR_REVENUE]).answers([column, YEAR_REVENUE.name], t)
        core.reader.db.register("glance_members", table)
        rows = core.reader.db.run(
            f'SELECT profile_id, coalesce("{YEAR_REVENUE.name}", 0) AS worth FROM glance_members '  # noqa: S608 - checked names
            f'WHERE "exists" AND {holds} AND NOT list_contains($out::BIGINT[], profile_id) '
            "ORDER BY worth DESC, profile_id LIMIT $most",
            {
                **({"stage": stage} if kind == STAGE else {}),
                "out": list(out_of_reports(core, t)),
                "most": most,
            },
        )
        return self._with_names(rows)

    def moved(
        self, bounds: tuple[Instant, Instant], before: str, after: str, *, most: int = 50
    ) -> tuple[tuple[tuple[Match, int], ...], int]:
        """Who went from one stage to another, those worth most first, and how many in all.

        ``before``: empty of who came to exist.
        """
        core = self._core
        for n, t in enumerate(bounds):
            core.engine.create(f"glance_at_{n}", [STAGE], t)
        worth = core.with_traits([YEAR_REVENUE]).answers([YEAR_REVENUE.name], bounds[1])
        core.reader.db.register("glance_worth", worth)
        rows = core.reader.db.run(
            f"""
            SELECT b.profile_id, coalesce(w."{YEAR_REVENUE.name}", 0) AS worth
            FROM (SELECT * FROM glance_at_1 WHERE "exists") AS b
            LEFT JOIN (SELECT * FROM glance_at_0 WHERE "exists") AS a USING (profile_id)
            LEFT JOIN glance_worth AS w USING (profile_id)
            WHERE coalesce(a.stage, '') = $before AND b.stage = $after
                AND NOT list_contains($out::BIGINT[], b.profile_id)
            ORDER BY worth DESC, b.profile_id
            """,  # noqa: S608 - a constant of ours
            {"before": before, "after": after, "out": list(out_of_reports(core, bounds[1]))},
        )
        return self._with_names(rows[:most]), len(rows)

    # --- parts ------------------------------------------------------------------------------------

    def _with_names(self, rows: Sequence[tuple[int, int]]) -> tuple[tuple[Match, int], ...]:
        names = self.described(int(profile) for profile, _ in rows)
        return tuple((names[int(profile)], int(worth)) for profile, worth in rows)

    def _coming(self, t: Instant) -> Iterable[Coming]:
        for row in self._shop.insight.upcoming(STAGE, days=AHEAD_DAYS, as_of=t).values:
            yield Coming(
                at=int(cast("int", row["at"])),
                profile=int(cast("int", row["profile_id"])),
                before=str(row["before"] or ""),
                after=str(row["after"] or ""),
                worth=int(cast("int", row["worth_minor"]) or 0),
            )

    def _stages(self, t: Instant, reporter: Reporter) -> tuple[StageGlance, ...]:
        before = Lifecycle(self._core).reported(t - BACK_US)[0].stages
        worth = {
            str(row["stage"]): (int(cast("int", row["members"])), int(cast("int", row["buyers"])))
            for row in self._shop.insight.worth(STAGE, as_of=t).values
        }
        return tuple(
            StageGlance(
                stage=figure.stage,
                count=figure.count,
                before=before.get(figure.stage, 0),
                revenue=figure.revenue,
                members=worth.get(figure.stage, (0, 0))[0],
                bought=worth.get(figure.stage, (0, 0))[1],
            )
            for figure in reporter.stages
        )


def _worth_most(coming: Sequence[Coming], t: Instant) -> list[int]:
    """Who is to be named: of each move, in each window, those worth most."""
    found: dict[int, None] = {}
    for days in WINDOWS:
        groups: defaultdict[tuple[str, str], list[Coming]] = defaultdict(list)
        for one in coming:
            if one.at <= t + days * DAY_US:
                groups[one.before, one.after].append(one)
        for group in groups.values():
            best = sorted(group, key=lambda one: (-one.worth, one.profile))[:NAMED]
            found |= dict.fromkeys(one.profile for one in best)
    return list(found)
