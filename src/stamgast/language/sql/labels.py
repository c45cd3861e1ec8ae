"""Extensions and consents: what stands of what was said about a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.dialect import STORED
from stamgast.language.sql.groups import Group, Wish, join_ask
from stamgast.language.sql.sources import RowSet
from stamgast.language.sql.terms import (
    NEVER,
    Sql,
    all_of,
    any_of,
    as_,
    case,
    coalesce,
    col,
    count,
    desc,
    eq,
    gt,
    is_null,
    lte,
    never,
    not_,
    num,
    tab,
    window,
)
from stamgast.language.sql.values import Held, Value, earliest
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Carries, Consented, ExtensionRef, Identified
    from stamgast.language.sql.plan import Plan

LATEST = ("at", "received_at", "seq")
SAID = ("holder", "origin", "action", "value", "until", *LATEST)


def carries(c: Carries, plan: Plan) -> Held:
    """Some grant lives and is not silenced; or the rule holds, and no no stands."""
    group = _standing(c, plan)
    held = gt(_wanted(group, "held", count(), _live(), default=0), num(0))
    until = _until(group)
    if c.rule is None:
        return Held(sql=held, until=until, level=0)
    denied = gt(_wanted(group, "denied", count(), col("denies", "r"), default=0), num(0))
    rule = plan.small_held(plan.condition(c.rule))
    by_rule = all_of([rule.sql, not_(denied)])
    return Held(sql=any_of([held, by_rule]), until=earliest([until, rule.until]), level=rule.level)


def extension_value(ref: ExtensionRef, plan: Plan) -> Value:
    """The value of the live grant that is greatest by (strength, at, received_at, seq)."""
    group, face = _standing(ref, plan), plan.face
    order = face.row(strength=col("strength", "r"), **{name: col(name, "r") for name in LATEST})
    made = face.value_of_greatest(col("value", "r"), order)
    said = _wanted(group, "value", made, _live())
    if ref.type is not Type.TEXT:
        said = exp.cast(said, STORED[ref.type])
    return Value(sql=said, until=_until(group), level=0, type=ref.type)


def consented(c: Consented, plan: Plan) -> Held:
    """``COUNT(*) FILTER(WHERE "state" IN ('granted', 'soft_opt_in')) > 0`` of the latest per address."""
    key = ("consent", c.channel, c.purpose)
    if key not in plan.groups:
        plan.groups[key] = _consent_group(c, plan)
    agreed = _one_of(col("state", "r"), ("granted", "soft_opt_in"))
    some = _wanted(plan.groups[key], "agreed", count(), agreed, default=0)
    return Held(sql=gt(some, num(0)), until=None, level=0)


def identified(c: Identified, plan: Plan) -> Held:
    """``COUNT(*) FILTER(WHERE NOT "anonymous") > 0``, of ``presence``, which is the same at every instant.

    By some kinds ``COUNT(*) FILTER(WHERE "kind" IN ('email', 'phone')) > 0``, of ``known_by``.
    """
    table = "known_by" if c.kinds else "presence"
    key = ("identified", table)
    if key not in plan.groups:
        rows = _rows(table, table, asked=False)
        step = plan.new_step(f"of_{table}")
        plan.groups[key] = Group(step=step, rows=rows, moment=plan.moment)
    known = _one_of(col("kind", "r"), c.kinds) if c.kinds else not_(col("anonymous", "r"))
    return Held(
        sql=gt(_wanted(plan.groups[key], "known", count(), known, default=0), num(0)),
        until=None,
        level=0,
    )


# --- steps -----------------------------------------------------------------------------------------


def _wanted(
    group: Group, hint: str, made: Sql, where: Sql | None, *, default: int | None = None
) -> Sql:
    return col(group.want(hint, made, Wish(where=where), default=default).column)


def _until(group: Group) -> Sql:
    return coalesce(_wanted(group, "until", exp.Min(this=col("until", "r")), None), never())


def _live() -> Sql:
    return all_of([not_(col("denies", "r")), eq(col("silenced", "r"), num(0))])


def _one_of(this: Sql, texts: Sequence[str]) -> Sql:
    return exp.In(this=this, expressions=[exp.Literal.string(text) for text in texts])


def _keys(plan: Plan) -> list[Sql]:
    return [col("profile_id"), *([col("t")] if plan.moment.t is None else [])]


def _rows(name: str, table: str, *, asked: bool, also: tuple[Sql, ...] = ()) -> RowSet:
    at = col("at", "r")
    return RowSet(
        name=name,
        table=table,
        come=(),
        at=at,
        day=at,
        id=at,
        column=lambda _: None,
        asked=asked,
        also=also,
    )


def _come(table: str, columns: Sequence[str], where: Sequence[Sql], plan: Plan) -> exp.Select:
    """The rows of a table that have come, with ``t`` when each has an instant of its own."""
    keys = [col("profile_id", "r")]
    if plan.moment.t is None:
        keys.append(col("t", "a"))
    select = exp.select(*keys, *(col(name, "r") for name in columns))
    select = select.from_(tab(plan.moment.prefix + table, "r"))
    rows = _rows(table, table, asked=False)
    return join_ask(select, rows, plan.moment).where(all_of(where), copy=False)


def _place(plan: Plan, by: Sequence[Sql], order: Sequence[Sql]) -> Sql:
    """1 for the latest of those that are the same ``by``."""
    latest = window(exp.RowNumber(), [*_keys(plan), *by], [desc(one) for one in order])
    return as_(latest, "place")


def _standing(asked: Carries | ExtensionRef, plan: Plan) -> Group:
    """The group over the grants that live and the no's that stand, of one extension.

    Steps: what was said; the latest word of each origin and of the hands; what of that stands, with
    whether a no silences it.
    """
    key = ("extension", asked.name, asked.per_holder)
    if key not in plan.groups:
        step = plan.new_step(f"extension_{asked.name}")
        said, latest = plan.new_step(f"{step}_said"), plan.new_step(f"{step}_latest")
        name = plan.moment.parameters.bind(asked.name, "extension")
        where = [eq(col("name", "r"), name), lte(col("at", "r"), plan.moment.now())]
        plan.add_step(said, _come("extension", SAID, where, plan))
        plan.add_step(latest, _latest(said, asked, plan))
        plan.add_step(step, _what_stands(latest, asked, plan))
        rows = _rows(step, step, asked=True)
        plan.groups[key] = Group(step=f"{step}_by_profile", rows=rows, moment=plan.moment)
    return plan.groups[key]


def _latest(said: str, asked: Carries | ExtensionRef, plan: Plan) -> exp.Query:
    """Grants by holder and origin, and the words of hands by profile, or by holder."""
    order = [col(name) for name in LATEST]
    columns = [*_keys(plan), *(col(name) for name in SAID)]
    grants = exp.select(
        *columns,
        as_(exp.false(), "denies"),
        _place(plan, [col("holder"), col("origin")], order),
    )
    grants = grants.from_(tab(said)).where(_one_of(col("action"), ("give", "take")))
    by_hand = exp.StartsWith(this=col("origin"), expression=exp.Literal.string("hand:"))
    given = all_of([eq(col("action"), exp.Literal.string("give")), by_hand])
    holder = [col("holder")] if asked.per_holder else []
    words = exp.select(*columns, as_(exp.true(), "denies"), _place(plan, holder, order))
    words = words.from_(tab(said)).where(any_of([_one_of(col("action"), ("no", "lift")), given]))
    return exp.union(grants, words, distinct=False)


def _what_stands(latest: str, asked: Carries | ExtensionRef, plan: Plan) -> exp.Select:
    wanted = case((col("denies"), exp.Literal.string("no")), otherwise=exp.Literal.string("give"))
    runs = any_of([is_null(col("until")), gt(col("until"), plan.moment.now())])
    holder = [col("holder")] if asked.per_holder else []
    no = case((col("denies"), num(1)), otherwise=num(0))
    silenced = window(exp.Max(this=no), [*_keys(plan), *holder], [])
    strength = case(
        *(
            (
                exp.StartsWith(this=col("origin"), expression=exp.Literal.string(f"{kind}:")),
                num(rank),
            )
            for kind, rank in (("hand", 3), ("api", 2), ("import", 1))
        ),
        otherwise=num(0),
    )
    stands = all_of([eq(col("place"), num(1)), eq(col("action"), wanted), runs])
    made = exp.select("*", as_(silenced, "silenced"), as_(strength, "strength"))
    return made.from_(tab(latest)).where(stands)


def _consent_group(c: Consented, plan: Plan) -> Group:
    step = plan.new_step(f"consent_{c.channel}_{c.purpose}")
    bind = plan.moment.parameters.bind
    where = [
        eq(col("channel", "r"), bind(c.channel, "channel")),
        eq(col("purpose", "r"), bind(c.purpose, "purpose")),
        any_of([is_null(col("at", "r")), lte(col("at", "r"), plan.moment.now())]),
    ]
    said = plan.add_step(
        plan.new_step(f"{step}_said"),
        _come("consent", ("address", "state", *LATEST), where, plan),
    )
    order = [coalesce(col("at"), num(-NEVER)), col("received_at"), col("seq")]
    latest = exp.select("*", _place(plan, [col("address")], order)).from_(tab(said))
    plan.add_step(step, latest)
    rows = _rows(step, step, asked=True, also=(eq(col("place", "r"), num(1)),))
    return Group(step=f"{step}_by_profile", rows=rows, moment=plan.moment)
