"""What the shop sells: categories, brands, and products that come and go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stamgast.demo.generator import columns
from stamgast.demo.generator.seasons import FIRST_YEAR, day_of, number, sales
from stamgast.demo.generator.words import BRANDS, CATEGORIES, COLOURS, MODELS

if TYPE_CHECKING:
    from datetime import date

    from stamgast.demo.generator.draws import Draws, Ints

PER_CATEGORY = 30
SLOTS = PER_CATEGORY * len(CATEGORIES)
PERIOD = 730
"""Days that a product is sold, before its successor takes its place."""
LASTING_OF_10 = 3
"""So many places in ten hold a product that stays."""
_LONG_AGO = number(day_of(0).replace(year=FIRST_YEAR))
_NO_SALE = -1
DISCOUNTS = (20, 30, 40, 50)
"""Percent off in a sale."""
SITE = "https://www.stamhuis.example"
HEADINGS = tuple(f"{top} > {leaf}" for top, leaf, *_ in CATEGORIES)
_RETURNED = np.asarray([returned for *_, returned in CATEGORIES], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Products, one per place asked for: rows of the catalogue, and what they cost then."""

    row: Ints
    price: Ints
    """Cents, before any discount."""
    off: Ints
    """Percent off, because of a sale."""


class Catalogue:
    """The products that were on sale between two days. A row per product, in order of place and age."""

    def __init__(self, draws: Draws, first: date, until: date) -> None:
        """The products of a shop; ``until`` is the first day that is left out."""
        self._draws = draws
        slots = np.arange(SLOTS, dtype=np.int64)
        self._lasting = draws.below("lasting", slots, 10) < LASTING_OF_10
        self._shift = draws.below("launch", slots, PERIOD)
        self._first = self._generation(slots, np.full(SLOTS, number(first)))
        last = self._generation(slots, np.full(SLOTS, number(until) - 1))
        counts = last - self._first + 1
        self._base = np.cumsum(counts) - counts
        self.slot = np.repeat(slots, counts)
        self.generation = np.arange(len(self.slot)) - self._base[self.slot] + self._first[self.slot]
        self._key = self.slot * 1000 + self.generation
        self.price = self._prices()
        self.launched = np.where(
            self._lasting[self.slot],
            _LONG_AGO,
            _LONG_AGO + self.generation * PERIOD - self._shift[self.slot],
        )
        self.launched = np.where(
            self._lasting[self.slot], self.launched + self._shift[self.slot], self.launched
        )
        self._sale_of_day = _sale_days(until)
        self.until = until

    def _generation(self, slot: Ints, day: Ints) -> Ints:
        found = (day - _LONG_AGO + self._shift[slot]) // PERIOD
        return np.where(self._lasting[slot], 0, found)

    def _prices(self) -> Ints:
        low = np.asarray([low for _, _, _, low, _, _ in CATEGORIES], dtype=np.int64)
        high = np.asarray([high for _, _, _, _, high, _ in CATEGORIES], dtype=np.int64)
        kind = self.slot // PER_CATEGORY
        drawn = self._draws.below("price", self._key, 1000)
        euros = low[kind] + (high[kind] - low[kind]) * drawn * drawn // MILLIONTH
        return euros * 100 + np.where(euros % 2 == 0, 95, 99)

    def pick(self, category: Ints, luck: Ints, day: Ints, eager: Ints) -> Picked:
        """A product of each category on each day (since 1970): what is popular more often.

        ``luck``: a key of one's own for each; ``eager``: of a million, how often what is in the sale.
        """
        first = self._draws.below("product", luck, PER_CATEGORY)
        second = self._draws.below("product", luck, PER_CATEGORY, 1)
        slot = category * PER_CATEGORY + np.minimum(first, second)
        row = self._base[slot] + self._generation(slot, day) - self._first[slot]
        sale = self._sale_of_day[day - _LONG_AGO]
        off = np.asarray(DISCOUNTS, dtype=np.int64)[
            self._draws.below("off", self._key[row], len(DISCOUNTS), sale)
        ]
        cheaper = (sale != _NO_SALE) & self._draws.chance("in sale", luck, eager)
        return Picked(row=row, price=self.price[row], off=np.where(cheaper, off, 0))

    def returned(self, row: Ints) -> Ints:
        """Of a million, how often a product comes back."""
        found: Ints = _RETURNED[self.slot[row] // PER_CATEGORY]
        return found

    @cached_property
    def lasting(self) -> Ints:
        """The rows of products that are never replaced."""
        found: Ints = np.flatnonzero(self._lasting[self.slot])
        return found

    @cached_property
    def ids(self) -> list[str]:
        """The product's number, per row."""
        pairs = zip(self.slot.tolist(), self.generation.tolist(), strict=True)
        return [f"P{slot:04d}{generation:02d}" for slot, generation in pairs]

    @cached_property
    def names(self) -> list[str]:
        """What the product is called, per row."""
        model = self._draws.below("model", self._key, len(MODELS)).tolist()
        colour = self._draws.below("colour", self._key, len(COLOURS)).tolist()
        kinds = (self.slot // PER_CATEGORY).tolist()
        rows = zip(kinds, model, colour, strict=True)
        return [f"{CATEGORIES[k][2]} {MODELS[m]} {COLOURS[c]}" for k, m, c in rows]

    @cached_property
    def categories(self) -> list[str]:
        """The path of categories, per row."""
        return [HEADINGS[kind] for kind in (self.slot // PER_CATEGORY).tolist()]

    @cached_property
    def brands(self) -> list[str]:
        """The brand, per row."""
        drawn = self._draws.below("brand", self.slot, 5)
        kinds = self.slot // PER_CATEGORY
        return [BRANDS[place] for place in ((kinds * 7 + drawn) % len(BRANDS)).tolist()]

    @cached_property
    def urls(self) -> list[str]:
        """The product's page, per row."""
        return [f"{SITE}/p/{one.lower()}" for one in self.ids]

    def column(self, values: list[str], row: Ints) -> pa.Array:
        """A column of the catalogue for rows of it; below 0 is missing."""
        return columns.chosen(values, row)

    def table(self) -> pa.Table:
        """``products.parquet``."""
        count = len(self.slot)
        gone = np.append(self.slot[1:] == self.slot[:-1], False)
        stock = np.where(gone, 0, self._draws.below("stock", self._key, 220, number(self.until)))
        margin = 35 + self._draws.below("margin", self._key, 30)
        rows = np.arange(count, dtype=np.int64)
        return pa.table(
            {
                "id": pa.array(self.ids),
                "sku": columns.numbered("SH-", self.slot, 4, ("-", self.generation, 2)),
                "title": pa.array(self.names),
                "category": self.column(self.categories, rows),
                "brand": self.column(self.brands, rows),
                "price": columns.cents(self.price),
                "image": pa.array([f"{SITE}/img/{one.lower()}.jpg" for one in self.ids]),
                "url": pa.array(self.urls),
                "stock": pa.array(stock.astype(np.int32)),
                "launched": columns.days(self.launched),
                "cost": columns.cents(self.price * (100 - margin) // 121),
            }
        )


MILLIONTH = 1_000_000
"""The square of the scale of prices drawn."""


def _sale_days(until: date) -> Ints:
    """Of each day from ``FIRST_YEAR`` on: a number of the sale that is held, below 0 none."""
    found = np.full(number(until) - _LONG_AGO + 400, _NO_SALE, dtype=np.int64)
    for year in range(FIRST_YEAR, until.year + 1):
        for place, sale in enumerate(sales(year)):
            span = slice(number(sale.start) - _LONG_AGO, number(sale.end) - _LONG_AGO + 1)
            found[span] = year * 10 + place
    return found
