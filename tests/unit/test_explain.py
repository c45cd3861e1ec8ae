"""Reasons: what a hand-made customer is told, to the row and the microsecond."""

from __future__ import annotations

from fractions import Fraction

from making import DAY, GRID, at, definitions, event, log, order, says, segment, term, trait

from stamgast.language.ast import (
    Aggregate,
    All,
    AttributeRef,
    Call,
    Compare,
    Did,
    InSegment,
    InStage,
    Literal_,
    Rows,
    Top,
    TraitRef,
    Within,
)
from stamgast.language.explain import Rank, RowBehind, StageReason, TopReason, explain
from stamgast.language.reference import statistics
from stamgast.language.types import Type

T = at("2026-06-01")
RECENT = Rows(source="order", window=Within(us=30 * DAY))
SPENT = trait(
    "spent",
    Aggregate(
        op="sum", rows=Rows(source="revenue"), of="amount", of_type=Type.MONEY, type=Type.MONEY
    ),
    Type.MONEY,
)
COUNTRY = AttributeRef(name="country", type=Type.TEXT)
DUTCH = Compare(operand=COUNTRY, op="is", values=(Literal_(value="NL", type=Type.TEXT),))


def test_a_segment_is_explained_to_its_rows() -> None:
    twice = Did(rows=RECENT, at_least=2)
    inner = segment(twice, name="inner")
    outer = segment(All(items=(InSegment(name="inner"), DUTCH)), name="outer")
    shop = definitions(inner, outer)
    said = log(
        order("a", T - 40 * DAY),
        order("b", T - 10 * DAY),
        order("c", T - 5 * DAY),
        says("country", "NL"),
    )
    reason = explain(outer, said, statistics(shop, [said], T), T, shop)
    assert (reason.kind, reason.holds, reason.next_change) == ("segment", True, T + 20 * DAY + 1)
    named, dutch = reason.children[0].children
    assert (dutch.value, dutch.compared, dutch.next_change) == ("NL", ("NL",), None)
    assert dutch.rows == (RowBehind(kind="attribute", id="country", at=None),)
    did = named.children[0].children[0]
    assert (did.kind, did.holds, did.value, did.type) == ("did", True, 2, Type.INTEGER)
    assert [row.id for row in did.rows] == ["b", "c"]
    assert did.valid_until == did.next_change == T + 20 * DAY + 1


def test_a_condition_that_hides_behind_another_has_its_own_next_change() -> None:
    both = segment(All(items=(Did(rows=RECENT, at_least=1), DUTCH)))
    said = log(order("a", T))
    reason = explain(both, said, statistics(definitions(), [said], T), T, definitions(both))
    assert (reason.holds, reason.next_change) == (False, None)
    assert reason.children[0].children[0].next_change == T + 30 * DAY + 1


def test_a_stage_says_its_band_and_until_when() -> None:
    said = log(order("a", T - 10 * DAY), order("b", T))
    reason = explain(GRID, said, statistics(definitions(), [said], T), T, definitions())
    assert reason.value == "promising"
    assert reason.reason == StageReason(
        purchases=2, last_purchase_at=T, term=term(1, 60, ever_min=2, ever_max=3)
    )
    assert reason.next_change == T + 60 * DAY + 1
    asked = segment(InStage(stages=("sleeper",)))
    told = explain(asked, said, statistics(definitions(), [said], T), T, definitions(asked))
    assert (told.holds, told.children[0].value, told.children[0].type) == (
        False,
        "promising",
        Type.TEXT,
    )
    assert told.children[0].children[0].reason == reason.reason


def test_a_rank_says_score_and_threshold() -> None:
    top = Top(share=Fraction(1, 3), by=(TraitRef(name="spent", type=Type.MONEY),))
    best = segment(top, name="best", uses_statistics=True)
    shop = definitions(SPENT, best)
    logs = [log(order(f"o{i}", T - DAY, of=i, total=100 * i), of=i) for i in (1, 2, 3)]
    figures = statistics(shop, logs, T)
    reason = explain(best, logs[1], figures, T, shop)
    assert (reason.holds, reason.valid_until) == (False, figures.next_midnight)
    assert reason.children[0].reason == TopReason(
        as_of=figures.midnight,
        size=3,
        places=1,
        threshold=2,
        ranks=(Rank(trait="spent", value=200, type=Type.MONEY, worse=1),),
        score=1,
        provided=True,
    )
    assert [row.id for row in reason.children[0].rows] == ["oo2"]


def test_a_formula_is_explained_by_what_it_names() -> None:
    last = trait(
        "last",
        Aggregate(
            op="last",
            rows=Rows(source="order"),
            of="occurred_at",
            of_type=Type.INSTANT,
            type=Type.INSTANT,
        ),
        Type.INSTANT,
    )
    ref = TraitRef(name="last", type=Type.INSTANT)
    aged = trait("aged", Call(op="days_since", args=(ref,), type=Type.AGE), Type.AGE)
    old = Compare(
        operand=TraitRef(name="aged", type=Type.AGE),
        op="gt",
        values=(Literal_(value=DAY, type=Type.DURATION),),
    )
    asked = segment(old)
    shop = definitions(last, aged, asked)
    said = log(order("a", T - DAY), order("b", T), event("e", T))
    reason = explain(asked, said, statistics(shop, [said], T), T, shop).children[0]
    assert (reason.holds, reason.value, reason.next_change) == (False, T, T + DAY + 1)
    assert [row.id for row in reason.rows] == ["b"]
    assert [child.name for child in reason.children] == ["aged"]
    assert [child.name for child in reason.children[0].children] == ["last"]


def test_only_the_latest_rows_are_shown_of_many() -> None:
    often = segment(Did(rows=Rows(source="order"), at_least=1))
    said = log(*(order(f"o{i:02}", T + i) for i in range(50)))
    reason = explain(often, said, statistics(definitions(), [said], T), T + 99, definitions(often))
    did = reason.children[0]
    assert (did.rows_total, len(did.rows), did.rows[-1].id) == (50, 20, "o49")


def test_nobody_has_no_reasons() -> None:
    often = segment(Did(rows=Rows(source="order"), at_least=1))
    said = log(order("a", T + 5, received_at=T))
    reason = explain(often, said, statistics(definitions(), [said], T), T, definitions(often))
    assert (reason.exists, reason.holds, reason.children) == (False, False, ())
    assert reason.next_change == T + 5
