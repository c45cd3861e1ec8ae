"""The shape of the section ``calendars`` of definition files: seasons and sales."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Discriminator, Field, Tag

from stamgast.language.reader.forms import Labelled, Moment, Strict
from stamgast.language.seasons import Anchor  # noqa: TC001 - a field, resolved by pydantic

Day: TypeAlias = Annotated[
    Annotated[int, Tag("#days"), Field(ge=-366, le=366)]
    | Annotated[
        str, Tag("#day"), Field(pattern=r"^((0[1-9]|1[0-2])-[0-3][0-9]|\$[a-z][a-z0-9_]*)$")
    ],
    Discriminator(lambda value: "#days" if isinstance(value, int) else "#day"),
]
"""A day of the year, ``12-06``, or with ``around`` a number of days from it, ``-14``."""


class Stretch(Strict):
    """From one day of the year up to and including another."""

    around: Anchor | None = Field(
        None, description="A day that moves; from and to are then days from it: -14, 0, 1."
    )
    from_: Day | None = Field(
        None, alias="from", description="The first day: 12-06, or days from `around`."
    )
    to: Day | None = Field(None, description="The last day, also in: 12-26, or days from `around`.")


class DatedSeason(Strict):
    """A season of one year, as days."""

    from_: str = Field(alias="from", description="The first day: 2026-02-13.")
    to: str = Field(description="The last day, also in: 2026-02-17.")


class SeasonModel(Labelled, Stretch):
    """A season: the same days every year, days around one that moves, or days year by year."""

    in_country: dict[str, Stretch] | None = Field(
        None, description="Other days in these countries: {BE: {from: 11-15, to: 12-06}}."
    )
    occurrences: list[DatedSeason] | None = Field(
        None, min_length=1, description="The days of each year, instead of from and to."
    )


class SaleTimes(Strict):
    """When a sale is."""

    from_: Moment | None = Field(
        None, alias="from", description="When it opens: 2026-01-02, or with a time of day."
    )
    to: Moment | None = Field(
        None, description="A day: its last one, also in. With a time of day: when it ends."
    )
    early_access: Moment | None = Field(
        None, description="When it opens for some; it counts from then."
    )


class SaleModel(Labelled, SaleTimes):
    """A sale, once or several times."""

    occurrences: list[SaleTimes] | None = Field(
        None, min_length=1, description="The times of a sale that returns, instead of from and to."
    )


class CalendarsSection(Strict):
    """Seasons and sales; a name is of one of them only."""

    seasons: dict[str, SeasonModel] | None = Field(
        None, description="Seasons by name; those that ship are overridden by name."
    )
    sales: dict[str, SaleModel] | None = Field(None, description="The shop's sales by name.")
