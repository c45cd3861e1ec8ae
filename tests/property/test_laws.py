"""The laws of time, of the reference alone, on random definitions and logs.

An answer's ``valid_until`` is after the instant and never late; for stages and counts within a
window it is the exact instant. ``next_change`` is exact. What was said later changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from effort import examples_of
from hypothesis import HealthCheck, given, settings
from strategies import Example, examples

from stamgast.language.ast import Did, Lifecycle, Segment, Trait, Within
from stamgast.language.explain import explain
from stamgast.language.reference import answer, next_change, statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shops import Shop

    from stamgast.language.answer import Statistics
    from stamgast.language.explain import Explanation
    from stamgast.model.log import Log

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
SCAN_US = 60


def asked(example: Example) -> Iterator[tuple[Trait | Segment | Lifecycle, Log, int, Statistics]]:
    """Every definition, of every profile, at every instant."""
    shop = example.definitions
    logs = example.shop.logs()
    for t in example.instants:
        figures = statistics(shop, logs, t, example.shop.nobody())
        for log in logs:
            every: list[Trait | Segment | Lifecycle] = [*shop.traits.values()]
            every += [*shop.segments.values(), shop.lifecycle]
            for one in every:
                yield one, log, t, figures


def is_exact(one: Trait | Segment | Lifecycle) -> bool:
    """Stages and counts within a window change at their ``valid_until``, not only not before."""
    if isinstance(one, Segment) and isinstance(one.where, Did):
        did = one.where
        return did.sequence is None and isinstance(did.rows.window, Within | None)
    return isinstance(one, Lifecycle)


@settings(max_examples=examples_of(400, short=200), deadline=None, suppress_health_check=SLOW)
@given(examples(traits=2, segments=2))
def test_valid_until_is_after_t_and_never_late(example: Example) -> None:
    for one, log, t, figures in asked(example):
        found = answer(one, log, figures, t, example.definitions)
        change = next_change(one, log, figures, t, example.definitions)
        if found.valid_until is None:
            assert change is None
            continue
        assert found.valid_until > t
        assert change is None or found.valid_until <= change
        if is_exact(one) or not found.exists:
            assert found.valid_until == change


@settings(max_examples=examples_of(300, short=150), deadline=None, suppress_health_check=SLOW)
@given(examples(traits=2, segments=2, tiny=True))
def test_next_change_is_what_looking_at_every_instant_finds(example: Example) -> None:
    for one, log, t, figures in asked(example):
        change = next_change(one, log, figures, t, example.definitions)
        seen = first_difference(one, log, t, figures, example)
        if seen is not None:
            assert change == seen
        else:
            assert change is None or change > t + SCAN_US


def first_difference(
    one: Trait | Segment | Lifecycle, log: Log, t: int, figures: Statistics, example: Example
) -> int | None:
    """The first microsecond after t with another answer, of what was said by t, figures held."""
    known = said_by(log, t)
    now = answer(one, known, figures, t, example.definitions)
    for u in range(t + 1, t + SCAN_US + 1):
        then = answer(one, known, figures, u, example.definitions)
        if (then.exists, then.value) != (now.exists, now.value):
            return u
    return None


def said_by(log: Log, t: int) -> Log:
    """The rows that had happened or had reached us by t, and what holds from always."""
    return replace(
        log,
        orders=tuple(s for s in log.orders if s.valid_from <= t or s.received_at <= t),
        refunds=tuple(r for r in log.refunds if r.at <= t or r.received_at <= t),
        events=tuple(e for e in log.events if e.at <= t or e.received_at <= t),
        attributes=tuple(
            a for a in log.attributes if a.at is None or a.at <= t or a.received_at <= t
        ),
        extensions=tuple(x for x in log.extensions if x.at <= t or x.received_at <= t),
        consents=tuple(c for c in log.consents if c.at is None or c.at <= t or c.received_at <= t),
    )


def shop_by(shop: Shop, t: int) -> Shop:
    """A shop that was fed only what was said by t."""
    orders = [s for s in shop.orders if s.valid_from <= t or s.received_at <= t]
    refunds = [r for r in shop.refunds if r.at <= t or r.received_at <= t]
    statements = [
        (who, a) for who, a in shop.attributes if a.at is None or a.at <= t or a.received_at <= t
    ]
    return replace(
        shop,
        orders=tuple(orders),
        refunds=tuple(refunds),
        events=tuple((who, e) for who, e in shop.events if e.at <= t or e.received_at <= t),
        attributes=tuple(statements),
        extensions=tuple((who, x) for who, x in shop.extensions if x.at <= t or x.received_at <= t),
        consents=tuple(
            (who, c) for who, c in shop.consents if c.at is None or c.at <= t or c.received_at <= t
        ),
    )


@settings(max_examples=examples_of(300, short=150), deadline=None, suppress_health_check=SLOW)
@given(examples(traits=2, segments=2))
def test_what_was_said_later_and_in_which_order_changes_nothing(example: Example) -> None:
    for t in example.instants:
        fed = shop_by(example.shop, t)
        fed = replace(fed, orders=fed.orders[::-1], events=fed.events[::-1])
        then = replace(example, shop=fed, instants=(t,))
        now = replace(example, instants=(t,))
        for (one, log, _, figures), (_, cut, _, cut_figures) in zip(
            asked(now), asked(then), strict=True
        ):
            assert figures == cut_figures
            assert answer(one, log, figures, t, example.definitions) == answer(
                one, cut, cut_figures, t, example.definitions
            )


@settings(max_examples=examples_of(200, short=100), deadline=None, suppress_health_check=SLOW)
@given(examples(traits=2, segments=2))
def test_the_reason_agrees_with_the_answer(example: Example) -> None:
    for one, log, t, figures in asked(example):
        found = answer(one, log, figures, t, example.definitions)
        reason = explain(one, log, figures, t, example.definitions)
        assert (reason.exists, reason.valid_until) == (found.exists, found.valid_until)
        shown = reason.holds if isinstance(one, Segment) else reason.value
        assert shown == (found.value if found.exists or not isinstance(one, Segment) else False)
        assert reason.next_change == next_change(one, log, figures, t, example.definitions)
        check_tree(reason)


def check_tree(reason: Explanation) -> None:
    """What holds follows from what is below; a next change is never before ``valid_until``."""
    below = [child.holds for child in reason.children]
    match reason.kind:
        case "all":
            assert reason.holds == all(below)
        case "any":
            assert reason.holds == any(below)
        case "not":
            assert reason.holds != below[0]
        case "segment" | "in_segment" if reason.exists:
            assert reason.holds == below[0]
        case "in_stage":
            assert reason.value == reason.children[0].value
        case _:
            pass
    if reason.next_change is not None:
        assert reason.valid_until is not None
        assert reason.valid_until <= reason.next_change
    assert reason.rows_total >= len(reason.rows)
    for child in reason.children:
        check_tree(child)
