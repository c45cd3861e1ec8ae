"""Words on consents and extensions: rows of their own, and opt-in columns of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from stamgast.collect.customers import base, head
from stamgast.collect.sql import fill, union_all
from stamgast.language.operators_labels import CHANNELS
from stamgast.language.sql.terms import Sql, as_, case, coalesce, col
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stamgast.collect.mapping import ConsentColumn
    from stamgast.collect.run import Group, Run

STATES = ("granted", "soft_opt_in", "withdrawn")
ACTIONS = ("give", "take")
ORIGINS = "(hand|import|api|rule):.+"


def word_trouble(group: Group) -> Sql:
    """Why a row of words cannot be taken, before anything is made of it; NULL: it can."""
    none: Sql = exp.cast(exp.null(), "varchar")
    fields = group.section.fields
    if group.kind == "consents":
        tests = [
            (_other("state", STATES), f"state is none of {', '.join(STATES)}"),
            (_other("channel", CHANNELS), f"channel is none of {', '.join(CHANNELS)}"),
        ]
    elif group.kind == "extensions":
        tests = []
        if "action" in fields:
            tests.append((_other("action", ACTIONS), f"action is none of {', '.join(ACTIONS)}"))
        if "origin" in fields:
            strange = fill(
                "NOT regexp_full_match(CAST(_x AS VARCHAR), _shape)",
                x=col("origin"),
                shape=exp.Literal.string(ORIGINS),
            )
            tests.append((strange, "origin is none of import:, rule:, api: and hand:"))
    else:
        return none
    if not tests:
        return none
    branches = [(test, exp.Literal.string(reason)) for test, reason in tests]
    return exp.cast(case(*branches, otherwise=exp.null()), "varchar")


def write_words(run: Run) -> None:
    """Write the new words. What a row of customers does not say of a consent is no word."""
    parts: list[exp.Query] = [_consent(run, group) for group in run.of_kind("consents")]
    parts += [
        _of_column(run, group, place, one)
        for group in run.of_kind("customers")
        for place, one in enumerate(group.section.section.consents)
    ]
    if parts:
        _take_addresses(run, parts)
    extensions: list[exp.Query] = [_extension(run, group) for group in run.of_kind("extensions")]
    if extensions:
        run.write("extension", union_all(extensions), LAKE["extension"].order)


def _other(field: str, known: Iterable[str]) -> Sql:
    words = [exp.Literal.string(one) for one in known]
    return exp.Not(this=exp.In(this=_folded(col(field)), expressions=words))


def _folded(text: Sql) -> Sql:
    return fill("lower(CAST(_x AS VARCHAR))", x=text)


def _now(run: Run) -> Sql:
    return run.received


def _select(table: str, columns: dict[str, Sql], group: Group) -> exp.Select:
    chosen = [
        as_(columns.get(column, exp.cast(exp.null(), "varchar")), column)
        for column, _ in LAKE[table].columns
    ]
    return exp.select(*chosen).from_(head(group))


def _consent(run: Run, group: Group) -> exp.Select:
    columns = {
        **base(run),
        "purpose": col("purpose"),
        "channel": _folded(col("channel")),
        "address": col("address"),
        "state": _folded(col("state")),
        "at": coalesce(col("at"), _now(run)),
        "obtained": col("obtained"),
        "text_version": col("text_version"),
    }
    return _select("consent", columns, group)


def _of_column(run: Run, group: Group, place: int, one: ConsentColumn) -> exp.Select:
    further = group.section.section.further
    names = {part: f"consent_{place}_{part}" for part in ("state", "address", "at")}
    state = _folded(col(f"x_{names['state']}"))
    columns = {
        **base(run),
        "purpose": run.params.bind(one.purpose),
        "channel": exp.Literal.string(one.channel),
        "state": state,
        "at": _now(run),
        "obtained": exp.cast(run.params.bind(run.source), "varchar"),
    }
    if names["address"] in further:
        columns["address"] = col(f"x_{names['address']}")
    if names["at"] in further:
        columns["at"] = coalesce(col(f"x_{names['at']}"), _now(run))
    words = [exp.Literal.string(word) for word in STATES]
    return _select("consent", columns, group).where(exp.In(this=state.copy(), expressions=words))


def _take_addresses(run: Run, parts: list[exp.Query]) -> None:
    """Write consents with addresses written as identifiers are, so that they can be compared."""
    run.create("consent_said", union_all(parts))
    said: dict[str, list[str]] = {"channel": [], "address": [], "value": []}
    for channels, kind in ((("email",), "email"), (("phone", "sms"), "phone")):
        if kind not in run.resolver.person_kinds:
            continue
        rows = run.db.run(
            "SELECT DISTINCT address FROM consent_said "
            "WHERE address IS NOT NULL AND list_contains($channels, channel)",
            {"channels": list(channels)},
        )
        for text, value in run.resolver.normalise(kind, [row[0] for row in rows]).items():
            if value not in (None, text):
                for channel in channels:
                    for column, one in zip(said.values(), (channel, text, value), strict=True):
                        column.append(str(one))
    types = {column: pa.array(values, pa.string()) for column, values in said.items()}
    run.db.register("address_written", pa.table(types))
    run.session.write("consent", _WRITTEN, order_by=LAKE["consent"].order)


_WRITTEN = """
    SELECT c.* REPLACE (coalesce(w.value, c.address) AS address)
    FROM consent_said AS c
    LEFT JOIN address_written AS w ON w.channel = c.channel AND w.address = c.address
    """


def _extension(run: Run, group: Group) -> exp.Select:
    origin = fill("concat('import:', _x)", x=run.params.bind(run.source))
    columns = {
        **base(run),
        "name": col("extension"),
        "origin": coalesce(col("origin"), origin),
        "action": coalesce(_folded(col("action")), exp.Literal.string("give")),
        "value": col("value"),
        "at": coalesce(col("at"), _now(run)),
        "until": col("until"),
        "reason": col("reason"),
    }
    return _select("extension", columns, group)
