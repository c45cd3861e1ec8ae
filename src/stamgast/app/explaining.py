"""Reasons: what ``explain`` found, as JSON for programs and in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, cast

from stamgast.app.core import STAGE
from stamgast.app.values import plain
from stamgast.clock import format_instant
from stamgast.language.ast import Aggregate, Trait
from stamgast.language.explain import Explanation, StageReason, TopReason, explain
from stamgast.language.sentences import sentence
from stamgast.language.units import unit_of
from stamgast.language.wording import capital
from stamgast.report.formats import Formats
from stamgast.report.model import Why
from stamgast.report.spoken import event_words, named_value
from stamgast.report.words import word

if TYPE_CHECKING:
    from stamgast.app.asked import Asked
    from stamgast.app.core import Core
    from stamgast.language.ast import Definitions, Lifecycle, Segment
    from stamgast.language.explain import RowBehind
    from stamgast.language.types import Type
    from stamgast.model.log import Instant, Log, Scalar
    from stamgast.report.words import Language

MOST_EVENTS = 6
"""How many rows behind a value are named in words."""
_QUIET = frozenset({"all", "any", "not", "segment", "in_segment", "trait"})
"""Kinds of nodes that say nothing of their own value in words: their parts do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why a profile is in a segment or stage, or not, at an instant."""

    name: str
    profile_id: int
    identifier: str
    """``kind:value`` of its strongest identifier."""
    as_of: Instant
    reason: Explanation
    log: Log
    definitions: Definitions

    def __repr__(self) -> str:
        """What was asked of whom, and what came of it; ``why("en")`` says all of it."""
        said = self.reason.value if self.reason.holds is None else self.reason.holds
        moment = format_instant(self.as_of)
        return f"<{self.name} of {self.identifier} as of {moment}: {said}>"

    def _repr_html_(self) -> str:
        """The reason as a nested list, for notebooks."""
        return f"<ul>{_html(self.why('en'))}</ul>"

    @property
    def exists(self) -> bool:
        """Whether any record of the profile is dated up to the instant."""
        return self.reason.exists

    @property
    def judged_daily(self) -> bool:
        """Whether it rests on a rank or percentile, which are decided anew each local midnight."""
        return bool(getattr(self.reason.node, "uses_statistics", False))

    @property
    def holds(self) -> bool:
        """Whether it is in the segment."""
        return bool(self.reason.holds)

    def as_json(self, language: Language = "en") -> dict[str, object]:
        """As the command line writes it."""
        return {
            "segment": self.name,
            "profile_id": self.profile_id,
            "identifier": self.identifier,
            "as_of": format_instant(self.as_of),
            "exists": self.exists,
            "holds": self.reason.holds,
            "valid_until": format_instant(self.reason.valid_until),
            "next_change": format_instant(self.reason.next_change),
            "condition": self._node(self._root(), language),
        }

    def why(self, language: Language) -> Why:
        """In words."""
        formats = Formats(
            language=language, zone=self.definitions.zone, currency=self.definitions.currency
        )
        return _Words(self, formats).why(self._root())

    def _root(self) -> Explanation:
        """The condition of a segment: the segment itself says no more."""
        only = self.reason.children
        return only[0] if self.reason.kind == "segment" and len(only) == 1 else self.reason

    def _plain(self, value: Scalar, kind: Type) -> object:
        return plain(value, kind, self.as_of, self.definitions.currency)

    def _node(self, node: Explanation, language: Language) -> dict[str, object]:
        found: dict[str, object] = {
            "kind": node.kind,
            "text": sentence(node.node, language, self.definitions),
            "holds": node.holds,
        }
        if node.name is not None:
            found["name"] = node.name
        if node.type is not None:
            found["value"] = self._plain(node.value, node.type)
            found["type"] = node.type.value
        if node.compared and node.type is not None:
            found["compared"] = [self._plain(value, node.type) for value in node.compared]
        if node.rows:
            found["events"] = [
                {"kind": row.kind, "id": row.id, "at": format_instant(row.at)} for row in node.rows
            ]
            found["events_total"] = node.rows_total
        if isinstance(node.reason, TopReason):
            found["rank"] = _rank_json(node.reason, self.definitions.currency)
        found["valid_until"] = format_instant(node.valid_until)
        found["next_change"] = format_instant(node.next_change)
        if node.children:
            found["conditions"] = [self._node(child, language) for child in node.children]
        return found


def _rank_json(reason: TopReason, currency: str) -> dict[str, object]:
    return {
        "as_of": format_instant(reason.as_of),
        "of": reason.size,
        "places": reason.places,
        "threshold": reason.threshold,
        "score": reason.score,
        "by": [
            {
                "trait": rank.trait,
                "value": plain(rank.value, rank.type, 0, currency),
                "worse": rank.worse,
            }
            for rank in reason.ranks
        ],
    }


def explain_for(
    core: Core, asked: Asked[Segment | Trait | Lifecycle], profile: int, t: Instant
) -> Explained:
    """Why a profile is in a segment or stage, or not, or has a trait's value, at ``t``."""
    log = core.reader.profile_log(profile)
    known = core.reader.identifiers(profile)
    identifier = f"{known[0].kind}:{known[0].value}" if known else f"profile:{profile}"
    with asked.engine(core) as engine:
        statistics = engine.statistics(t)
    reason = explain(asked.node, log, statistics, t, asked.definitions)
    return Explained(
        name=getattr(asked.node, "name", STAGE),
        profile_id=profile,
        identifier=identifier,
        as_of=t,
        reason=reason,
        log=log,
        definitions=asked.definitions,
    )


def _html(why: Why) -> str:
    sign = "" if why.holds is None else "yes: " if why.holds else "no: "
    value = f": {escape(why.value)}" if why.value else ""
    inside = "".join(_html(item) for item in why.items)
    below = f"<ul>{inside}</ul>" if inside else ""
    return f"<li>{sign}{escape(why.text)}{value}{below}</li>"


class _Words:
    """An explanation in one language."""

    def __init__(self, explained: Explained, formats: Formats) -> None:
        self.explained = explained
        self.formats = formats
        self.language: Language = formats.language
        self.orders = {
            said.order_key: said for said in sorted(explained.log.orders, key=lambda said: said.seq)
        }

        self.refunds = {said.refund_key: said.amount for said in explained.log.refunds}

    def why(self, node: Explanation) -> Why:
        """A node and what it is made of."""
        # The parts of a value name its rows; and a rank is made of orders and of their revenue:
        # each is named once.
        rows = () if node.children else node.rows[::-1]
        named = dict.fromkeys(self._event(row) for row in rows)
        events = list(named)[:MOST_EVENTS]
        total = node.rows_total * len(named) // max(len(rows), 1)
        return Why(
            text=self._text(node),
            holds=node.holds,
            value=self._value(node),
            events=tuple(events),
            more_events=max(total - len(events), 0),
            changes=self._changes(node),
            items=tuple(self.why(child) for child in node.children),
        )

    def _text(self, node: Explanation) -> str:
        if node.kind in ("all", "any", "not"):
            return word(self.language, f"why.{node.kind}")
        if isinstance(node.reason, StageReason):
            return self._stage(node.reason)
        if isinstance(node.node, Trait) and isinstance(node.node.expr, Aggregate):
            return node.node.label[self.language]
        text = sentence(node.node, self.language, self.explained.definitions)
        return capital(text)

    def _value(self, node: Explanation) -> str:
        if isinstance(node.reason, TopReason):
            return self._rank(node.reason)
        if node.kind == "lifecycle" or isinstance(node.reason, StageReason):
            labels = self.explained.definitions.lifecycle.labels
            label = labels.get(str(node.value))
            return label[self.language] if label else str(node.value)
        if node.type is None or (node.kind in _QUIET and node.kind != "trait"):
            return ""
        known = self.explained.definitions
        said = named_value(node.node, node.value, known, self.language)
        if said:
            return said
        unit = unit_of(node.node, known)
        return self.formats.value(node.value, node.type, self.explained.as_of, unit)

    def _stage(self, reason: StageReason) -> str:
        number = self.formats.number(reason.purchases)
        text = word(self.language, "why.purchases", n=number, count=reason.purchases)
        if reason.last_purchase_at is None:
            return text
        ago = self.formats.ago(reason.last_purchase_at, self.explained.as_of)
        return word(self.language, "why.last", text=text, ago=ago)

    def _rank(self, reason: TopReason) -> str:
        if reason.score is None or reason.threshold is None:
            return word(self.language, "why.not_ranked", size=self.formats.number(reason.size))
        return word(
            self.language,
            "why.rank",
            score=self.formats.number(reason.score),
            threshold=self.formats.number(reason.threshold),
            size=self.formats.number(reason.size),
            places=self.formats.number(reason.places),
        )

    def _changes(self, node: Explanation) -> str:
        if node.next_change is None or node.kind in ("trait", "attribute"):
            return ""
        return word(self.language, "why.changes", moment=self.formats.moment(node.next_change))

    def _event(self, row: RowBehind) -> str:
        day = "" if row.at is None else self.formats.short_day(row.at)
        if row.kind == "event":
            names = {one.message_id: one.name for one in self.explained.log.events}
            return f"{day} {event_words(names.get(row.id, row.id), self.language)}"
        if row.kind in ("extension", "consent"):
            return f"{day} {row.id}".strip()
        key = row.id[1:] if row.kind == "revenue" else row.id
        order = self.orders.get(key)
        if order is None or (row.kind == "revenue" and row.id.startswith("r")):
            refund = f"{day} {word(self.language, 'timeline.refund').lower()}"
            amount = self.refunds.get(key)
            return (
                refund if amount is None else f"{refund}, {self.formats.money(amount, cents=True)}"
            )
        number = cast("str | None", order.properties.get("order_id")) or key
        text = word(self.language, "cli.order_number", name=number)
        return f"{day} {text[:1].lower()}{text[1:]}, {self.formats.money(order.total, cents=True)}"
