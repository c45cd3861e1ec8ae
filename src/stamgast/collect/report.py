"""What an import did, in numbers that add up to the lines read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stamgast.clock import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One file. ``accepted + repeated + left out + quarantined = lines``, always."""

    path: str
    lines: int
    accepted: int
    repeated: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Reason -> lines."""
    quarantined: Mapping[str, int] = field(default_factory=dict)
    """Reason -> lines."""
    unread: str = ""
    """When no line could be read: what stood in the first, such as ``Datum = '31-12-2025'``."""
    remedy: str = ""
    """What to write under ``read`` of the mapping so that such lines can be read, if that is known."""

    def to_json(self) -> dict[str, Any]:
        """The numbers as plain values."""
        return {
            "path": self.path,
            "lines": self.lines,
            "accepted": self.accepted,
            "repeated": self.repeated,
            "left_out": dict(self.left_out),
            "quarantined": dict(self.quarantined),
            "unread": self.unread,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """One import, of one or more files of one source."""

    batch: int
    source: str
    mapping: str
    files: tuple[FileReport, ...]
    orders: int
    """New statements of orders (an order once)."""
    orders_counting: int
    """Orders told that are purchases, by all that is known of them now."""
    orders_not_counting: int
    """Orders told that are none: cancelled, or never paid."""
    orders_waiting: int
    """Orders of which only lines are known, without an instant: they do not count until they come."""
    buyers: int
    """Persons that placed ``orders_counting``, by all that is known of who is who now."""
    refunds: int
    refunds_undated: int
    """Of ``refunds``: those whose source gives no instant, so that they stand at the import."""
    events: int
    customers: int
    """Identities seen in this import."""
    first_at: int | None
    """The earliest instant of what was accepted."""
    last_at: int | None
    total_minor: int
    """Sum of the totals of the accepted orders, minor units of ``currency``."""
    counting_minor: int
    """Sum of the totals of ``orders_counting``."""
    refunded_minor: int
    currency: str
    mended: int = 0
    """Rows that waited in quarantine and that this import reads well."""
    waiting: int = 0
    """Rows that wait in quarantine after this import, of all sources; one read several times once."""
    settled: int = 0
    """Rows that were set apart again, and do not wait: they were mended or dismissed before."""
    older: int = 0
    """Orders and refunds that a file which was imported before says otherwise than a later one: they
    stand as the later one said, unless the import is told to read it as news (``again``)."""
    refused: int = 0
    """Distinct texts in the place of an identifier that are none, such as `n.v.t.` for an address."""
    refused_such: str = ""
    """One of them, with its kind."""
    twice: int = 0
    """Rows that equal an earlier row of the same order which does not stand beside them: they count, too."""
    twice_such: str = ""
    """The number of such an order."""
    read_otherwise: tuple[int, ...] = ()
    """Imports that read files with another version of the mapping: what they said stands as read then."""
    sets: Mapping[str, str] = field(default_factory=dict)
    """Settings (zone, currency, country) that nobody had given and this first mapping gave."""
    undeclared: Mapping[str, str] = field(default_factory=dict)
    """Event properties, and their types, that no definition declares: they are kept, but none can ask."""

    @property
    def lines(self) -> int:
        """Lines read."""
        return sum(file.lines for file in self.files)

    @property
    def accepted(self) -> int:
        """Lines that are new."""
        return sum(file.accepted for file in self.files)

    @property
    def repeated(self) -> int:
        """Lines of what the source had said before."""
        return sum(file.repeated for file in self.files)

    @property
    def left_out(self) -> dict[str, int]:
        """Lines the mapping does not want, by reason."""
        return _sums([file.left_out for file in self.files])

    @property
    def quarantined(self) -> dict[str, int]:
        """Lines that could not be understood, by reason."""
        return _sums([file.quarantined for file in self.files])

    def to_json(self) -> dict[str, Any]:
        """The report as plain values: instants ISO, money in minor units."""
        return {
            "batch": self.batch,
            "source": self.source,
            "mapping": self.mapping,
            "lines": self.lines,
            "accepted": self.accepted,
            "repeated": self.repeated,
            "left_out": self.left_out,
            "quarantined": self.quarantined,
            "mended": self.mended,
            "waiting": self.waiting,
            "settled": self.settled,
            "older": self.older,
            "rows_twice": self.twice,
            "row_twice": self.twice_such or None,
            "read_otherwise": list(self.read_otherwise),
            "identifiers_refused": self.refused,
            "identifier_refused": self.refused_such or None,
            "orders": self.orders,
            "orders_counting": self.orders_counting,
            "orders_not_counting": self.orders_not_counting,
            "orders_waiting": self.orders_waiting,
            "buyers": self.buyers,
            "refunds": self.refunds,
            "refunds_undated": self.refunds_undated,
            "events": self.events,
            "customers": self.customers,
            "first_at": format_instant(self.first_at),
            "last_at": format_instant(self.last_at),
            "total_minor": self.total_minor,
            "counting_minor": self.counting_minor,
            "refunded_minor": self.refunded_minor,
            "currency": self.currency,
            "sets": dict(self.sets),
            "undeclared": dict(self.undeclared),
            "files": [file.to_json() for file in self.files],
        }


def _sums(parts: list[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        for reason, lines in part.items():
            found[reason] = found.get(reason, 0) + lines
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
