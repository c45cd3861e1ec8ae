"""The statements that answer a question, put together once and kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.apart import apart, joined, made_before, told_once
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.moment import Moment
from stamgast.language.sql.statement import answers, everybody
from stamgast.language.sql.terms import every
from stamgast.language.sql.written import Shelf, Written, written
from stamgast.model import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.language.ast import Definitions
    from stamgast.language.sql.parameters import Given
    from stamgast.language.sql.statement import Request
    from stamgast.language.sql.terms import Sql

EVERYBODY = "stamgast_everybody"
"""The table of the profiles that tables of answers given apart are about."""
PART = "stamgast_part_"
"""What the tables of answers that are given apart are called, then a number."""
BEFORE = "stamgast_before_"
"""What tables are called that one of these is made of, then a number."""
OF_PROFILES = (
    tables.EVENT,
    tables.ORDER_VERSION,
    tables.ORDER_LINE,
    tables.LOOSE_REFUND,
    tables.ATTRIBUTE,
    tables.EXTENSION,
    tables.CONSENT,
)
"""What engines read of a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Statements in order; the rows of the last one are the answers."""

    steps: tuple[tuple[str, Written], ...]
    """Tables, each with the query of its rows."""
    last: Written | None
    """None: the answers are in the tables ``parts``."""
    parts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ("profile_id",)
    """What tells the rows of the parts apart."""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The parts with the names that each answers."""
    names: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    same: Mapping[str, Sql] = field(default_factory=dict)
    """Of columns that no part has those that they are, or a missing value."""
    named: frozenset[str] = frozenset()
    """The columns that are read, of whatever table."""
    read: frozenset[str] = frozenset()
    """The tables of ``OF_PROFILES`` that are read, without the prefix."""
    _beside: dict[bool, str] = field(default_factory=dict)

    def fits(self, given: Given) -> bool:
        """Whether it answers what is asked now."""
        steps = [made for _, made in self.steps]
        return all(made.fits(given) for made in ([self.last] if self.last else []) + steps)

    def beside(self, *, in_step: bool) -> str:
        """The parts as one; ``in_step``: their rows come in the same order."""
        if in_step not in self._beside:
            query = joined(self.names, self.groups, self.more, in_step=in_step, same=self.same)
            self._beside[in_step] = query.sql("duckdb", copy=False)
        return self._beside[in_step]


_scripts: Shelf[Script] = Shelf()


def script_of(definitions: Definitions, request: Request, given: Given, prefix: str = "") -> Script:
    """The statements for a question about everybody at ``given.t``, or about the rows of ``ask``.

    ``prefix``: before the names of the tables that are read of profiles.
    """
    key = (request, given.t is None, prefix)
    return _scripts.find(
        definitions, key, given, lambda: _script(definitions, request, given, prefix)
    )


def _script(definitions: Definitions, request: Request, given: Given, prefix: str) -> Script:
    asked = given.t is None
    groups = apart(request.names, definitions) or [()]
    made: list[tuple[str, Written]] = []
    if not asked and len(groups) > 1 and request.everybody is None:
        now = _moment(given)
        there = everybody(now, request).query
        made.append((EVERYBODY, written(there, now.parameters, "duckdb")))
        request = replace(request, everybody=EVERYBODY)
    moments = [_moment(given, prefix) for _ in groups]
    statements = [
        answers(definitions, one, replace(request, names=names))
        for one, names in zip(moments, groups, strict=True)
    ]
    queries = [statement.query for statement in statements]
    named = frozenset(column.name for query in queries for column in every(query, exp.Column))
    found = {table.name for query in queries for table in every(query, exp.Table)}
    read = frozenset(one.name for one in OF_PROFILES if prefix + one.name in found)
    if len(groups) == 1:
        last = written(queries[0], moments[0].parameters, "duckdb")
        return Script(steps=(), last=last, named=named, read=read)
    keys = ("profile_id", "t") if asked else ("profile_id",)
    more = (*(["t"] if asked else []), *(["exists"] if request.exists else []))
    same: dict[str, Sql] = {}
    for query in queries:
        same |= told_once(query, ("profile_id", *more))
    parts = [f"{PART}{n}" for n in range(1, len(groups) + 1)]
    of_everybody = not asked and not prefix and request.subset is None
    for part, statement, one in zip(parts, statements, moments, strict=True):
        before = [(step, f"{BEFORE}{n}") for n, step in enumerate(statement.before, start=1)]
        if of_everybody and before:
            found_before = made_before(statement.query, before)
            made += [
                (table, written(query, one.parameters, "duckdb"))
                for (_, table), query in zip(before, found_before, strict=True)
            ]
        made.append((part, written(statement.query, one.parameters, "duckdb")))
    return Script(
        steps=tuple(made),
        last=None,
        parts=tuple(parts),
        keys=keys,
        groups=tuple(zip(parts, groups, strict=True)),
        names=request.names,
        more=more,
        same=same,
        named=named,
        read=read,
    )


def _moment(given: Given, prefix: str = "") -> Moment:
    return Moment(
        zone=given.zone, t=given.t, face=DUCKDB, prefix=prefix, statistics=given.statistics
    )
