"""The product catalogue: what a feed says of each product, from its instant on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.messages import heads
from stamgast.collect.said import said
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run


def write_products(run: Run) -> None:
    """Write the new versions of products. Without an instant of its own a row holds from the import."""
    groups = run.of_kind("products")
    if groups:
        versions = union_all([_versions(run, group) for group in groups])
        run.write("product", versions, LAKE["product"].order)


def _versions(run: Run, group: Group) -> exp.Select:
    now = run.received
    given: dict[str, Sql] = {
        "valid_from": fill("coalesce(_at, _now)", at=col("at"), now=now),
        "received_at": now.copy(),
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "currency": fill(
            "coalesce(_said, _own)", said=col("currency"), own=run.params.bind(run.mapping.currency)
        ),
        "said": said(group),
    }
    chosen = [as_(given.get(column, col(column)), column) for column, _ in LAKE["product"].columns]
    head = exp.Subquery(this=heads(group), alias=exp.TableAlias(this=exp.to_identifier("head")))
    return exp.select(*chosen).from_(head)
