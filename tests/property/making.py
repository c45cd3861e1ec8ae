"""Short words for definitions and logs made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.clock import parse_instant
from stamgast.language.answer import Answer, Statistics
from stamgast.language.ast import (
    Definitions,
    Lifecycle,
    Segment,
    StageRule,
    StageTerm,
    Text,
    Trait,
)
from stamgast.language.reference import answer, next_change
from stamgast.model.log import (
    DAY_US,
    AttributeStatement,
    Event,
    Log,
    OrderStatement,
    RefundStatement,
)

if TYPE_CHECKING:
    from stamgast.language.ast import Condition, Expression
    from stamgast.language.types import Type
    from stamgast.model.log import Scalar

DAY = DAY_US
HOUR = DAY // 24
MINUTE = HOUR // 60
NO_STATISTICS = Statistics(midnight=0, next_midnight=DAY)
LABEL = Text(en="it", nl="het")


def at(text: str) -> int:
    """An instant, written."""
    return parse_instant(text)


def order(
    key: str,
    when: int,
    *,
    of: int | None = 1,
    total: int = 1000,
    rank: int = 100,
    seq: int = 1,
    ordered_at: int | None = None,
    received_at: int | None = None,
    counts: bool = True,
    **properties: Scalar,
) -> OrderStatement:
    """A statement valid from ``when``; ordered and received then too, unless said."""
    return OrderStatement(
        order_key=key,
        profile_id=of,
        source_rank=rank,
        seq=seq,
        ordered_at=when if ordered_at is None else ordered_at,
        valid_from=when,
        received_at=when if received_at is None else received_at,
        counts=counts,
        total=total,
        properties=properties,
    )


def refund(
    key: str,
    when: int,
    amount: int | None,
    *,
    order_key: str | None = None,
    of: int | None = 1,
    received_at: int | None = None,
) -> RefundStatement:
    """A refund, received when it happened unless said."""
    return RefundStatement(
        refund_key=key,
        order_key=order_key,
        profile_id=of,
        at=when,
        received_at=when if received_at is None else received_at,
        amount=amount,
    )


def event(
    id_: str,
    when: int,
    *,
    name: str = "Viewed",
    received_at: int | None = None,
    **properties: Scalar,
) -> Event:
    """An event, received when it happened unless said."""
    return Event(
        name=name,
        at=when,
        received_at=when if received_at is None else received_at,
        message_id=id_,
        properties=properties,
    )


def says(
    name: str, value: Scalar, *, when: int | None = None, received_at: int | None = None
) -> AttributeStatement:
    """An attribute statement; undated ones are received at the epoch unless said."""
    received = received_at if received_at is not None else when or 0
    return AttributeStatement(name=name, value=value, at=when, received_at=received)


def log(*rows: OrderStatement | RefundStatement | Event | AttributeStatement, of: int = 1) -> Log:
    """A log of these rows."""
    return Log(
        profile_id=of,
        orders=tuple(row for row in rows if isinstance(row, OrderStatement)),
        refunds=tuple(row for row in rows if isinstance(row, RefundStatement)),
        events=tuple(row for row in rows if isinstance(row, Event)),
        attributes=tuple(row for row in rows if isinstance(row, AttributeStatement)),
    )


def term(
    at_least: int, days: int | None, *, ever_min: int = 0, ever_max: int | None = None
) -> StageTerm:
    """A term of a stage's rule, its window in days."""
    return StageTerm(
        at_least=at_least,
        within_us=None if days is None else days * DAY,
        ever_min=ever_min,
        ever_max=ever_max,
    )


GRID = Lifecycle(
    model="grid",
    rules=(
        StageRule(stage="prospect", any_of=(term(0, None, ever_max=0),)),
        StageRule(stage="new_buyer", any_of=(term(1, 30, ever_min=1, ever_max=1),)),
        StageRule(stage="promising", any_of=(term(1, 60, ever_min=2, ever_max=3),)),
        StageRule(stage="loyal", any_of=(term(1, 90, ever_min=4),)),
        StageRule(
            stage="drifting",
            any_of=(
                term(1, 90, ever_min=1, ever_max=1),
                term(1, 90, ever_min=2, ever_max=3),
            ),
        ),
        StageRule(stage="sleeper", any_of=(term(0, None, ever_min=1, ever_max=3),)),
        StageRule(stage="at_risk", any_of=(term(1, 365),)),
        StageRule(stage="red_alert"),
    ),
    labels={},
)
WINDOWED = Lifecycle(
    model="windowed",
    rules=(
        StageRule(stage="prospect", any_of=(term(0, None, ever_max=0),)),
        StageRule(stage="loyal", any_of=(term(4, 90),)),
        StageRule(stage="promising", any_of=(term(2, 60), term(1, 30, ever_min=2))),
        StageRule(stage="new_buyer", any_of=(term(1, 30),)),
        StageRule(stage="drifting", any_of=(term(1, 90),)),
        StageRule(stage="at_risk", any_of=(term(1, 365, ever_min=4),)),
        StageRule(stage="red_alert", any_of=(term(0, None, ever_min=4),)),
        StageRule(stage="sleeper"),
    ),
    labels={},
)


def definitions(
    *defined: Trait | Segment, lifecycle: Lifecycle = GRID, zone: str = "Europe/Amsterdam"
) -> Definitions:
    """Definitions of these."""
    return Definitions(
        traits={one.name: one for one in defined if isinstance(one, Trait)},
        segments={one.name: one for one in defined if isinstance(one, Segment)},
        lifecycle=lifecycle,
        zone=zone,
    )


def trait(name: str, expr: Expression, type_: Type) -> Trait:
    """A trait without statistics."""
    return Trait(name=name, label=LABEL, expr=expr, type=type_)


def segment(where: Condition, *, name: str = "it", uses_statistics: bool = False) -> Segment:
    """A segment."""
    return Segment(name=name, label=LABEL, about=None, where=where, uses_statistics=uses_statistics)


def ask(
    asked: Trait | Segment | Lifecycle,
    of: Log,
    t: int,
    *others: Trait | Segment,
    zone: str = "Europe/Amsterdam",
    statistics: Statistics = NO_STATISTICS,
) -> Answer:
    """The reference's answer, its ``valid_until`` checked to be after t and not too late."""
    shop = definitions(
        *others,
        *(() if isinstance(asked, Lifecycle) else (asked,)),
        lifecycle=asked if isinstance(asked, Lifecycle) else GRID,
        zone=zone,
    )
    found = answer(asked, of, statistics, t, shop)
    change = next_change(asked, of, statistics, t, shop)
    assert found.valid_until is None or found.valid_until > t
    assert found.valid_until is None or change is None or found.valid_until <= change
    assert found.valid_until is not None or change is None
    return found
