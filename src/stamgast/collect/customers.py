"""Customers: what a row says of a person, kept as said, and its attributes one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.kinds import OF_PERSONS
from stamgast.collect.messages import MAKES_NOBODY, heads, instant_of
from stamgast.collect.said import said
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run


def write_customers(run: Run) -> None:
    """Write the new rows of customers and their attributes. An empty cell says nothing."""
    groups = run.of_kind(*OF_PERSONS)
    if not groups:
        return
    run.write(
        "customer_statement",
        union_all([_statement(run, group) for group in groups]),
        LAKE["customer_statement"].order,
    )
    attributes: list[exp.Query] = [
        _attribute(run, group, name)
        for group in groups
        for name in group.section.section.attributes
    ]
    if attributes:
        run.write("attribute", union_all(attributes), LAKE["attribute"].order)


def base(run: Run) -> dict[str, Sql]:
    """What every row that is said of a person has."""
    return {
        "identity_id": col("identity_id"),
        "at": col("at"),
        "received_at": run.received,
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "seq": col("seq"),
    }


def head(group: Group) -> exp.Subquery:
    """The accepted rows of a group, with ``seq`` and ``identity_id``."""
    return exp.Subquery(this=heads(group), alias=exp.TableAlias(this=exp.to_identifier("head")))


def _statement(run: Run, group: Group) -> exp.Select:
    columns = {**base(run), "said": said(group)}
    if group.kind == "consents":
        columns["at"] = instant_of(run, group, columns["at"])
    elif group.kind in MAKES_NOBODY:
        columns["at"] = exp.cast(exp.null(), "timestamptz")
    chosen = [as_(columns[column], column) for column, _ in LAKE["customer_statement"].columns]
    return exp.select(*chosen).from_(head(group))


def _attribute(run: Run, group: Group, name: str) -> exp.Select:
    columns: dict[str, Sql] = {
        **base(run),
        "name": exp.Literal.string(name),
        "value": canonical(col(f"x_{name}"), group.section.section.further[name].type),
    }
    chosen = [as_(columns[column], column) for column, _ in LAKE["attribute"].columns]
    present = fill("_x IS NOT NULL", x=col(f"x_{name}"))
    return exp.select(*chosen).from_(head(group)).where(present)


def canonical(value: Sql, type_: str) -> Sql:
    """A value as the text of its type (``docs/meaning.md``, "Attributes")."""
    if type_ == "instant":
        return fill("CAST(epoch_us(_x) AS VARCHAR)", x=value)
    return fill("CAST(_x AS VARCHAR)", x=value)
