"""Strategies: what to do for whom, read from ``strategies.yaml``, checked and with their texts parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.decide.models import Channel, Cost, Level, OfferKind
    from stamgast.decide.template import Template
    from stamgast.language.ast import Text
    from stamgast.language.wording import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A text with merge fields in both languages."""

    en: Template
    nl: Template

    def __getitem__(self, language: Language) -> Template:
        """The text of a language."""
        return self.nl if language == "nl" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class For:
    """For whom a strategy is: one of stage, segment, extension and open problem."""

    stage: str | None = None
    anonymous: bool | None = None
    segment: str | None = None
    extension: str | None = None
    values: tuple[str, ...] = ()
    """Of the extension; empty: any."""
    problem: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is offered."""

    kind: OfferKind
    text: Both
    valid_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """When a person takes over."""

    to: str
    after_visits: int
    task: Both


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who signs a message."""

    name: str
    label: Text
    closing: Both


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """What to do for who is in a stage or segment, or carries an extension."""

    name: str
    order: int
    """Its place in the files: the lower goes first inside a level."""
    title: Text
    for_: For
    stages: tuple[str, ...]
    """Only while in one of these; empty: in any."""
    level: Level
    goal: Text
    why: Text
    channels: tuple[tuple[Channel, Cost], ...]
    """The one to try first in front; empty: nobody is written to."""
    offer: Offer | None
    sender: Sender
    escalate: Escalation | None
    subject: Both | None
    body: Both | None
    """Together with ``subject``; without salutation and closing."""
    add: Text | None
    """What the shop puts under the text before it goes out."""
    short: Both | None
    script: Both | None
    carried_out_by: tuple[str, ...]
    measure: Text
    measure_within_us: int
    needs: tuple[str, ...]
    """Names of blueprints."""
    own: bool
    """The shop's own, or changed by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategies:
    """Every strategy by name, in order, and who can sign."""

    by_name: Mapping[str, Strategy]
    senders: Mapping[str, Sender]

    def of_stage(self, stage: str) -> Strategy | None:
        """The first for who is in a stage, a name known."""
        found = (
            one
            for one in self.by_name.values()
            if one.for_.stage == stage and one.for_.anonymous is not True
        )
        return next(found, None)

    def of_segment(self, segment: str) -> Strategy | None:
        """The first for who is in a segment."""
        return next((one for one in self.by_name.values() if one.for_.segment == segment), None)
