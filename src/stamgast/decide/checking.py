"""Entries of ``strategies.yaml`` to strategies: texts parsed, names looked up, all issues at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stamgast.decide.fields import BY_NAME
from stamgast.decide.models import COST, SenderForm, StrategiesFile, StrategyForm
from stamgast.decide.reading import Read, read_files, texts_of
from stamgast.decide.strategies import (
    Both,
    Escalation,
    For,
    Offer,
    Sender,
    Strategies,
    Strategy,
)
from stamgast.decide.template import Template, WrongTemplate, parse
from stamgast.language.reader.issues import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from stamgast.decide.models import Applies, Level
    from stamgast.language.ast import Text
    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.forms import Label
    from stamgast.language.reader.issues import Issues, Place
    from stamgast.language.reader.source import SourceFile

ALWAYS_KNOWN = {"until": "-", "currency": "-"}
"""Fields that no record can lack; a text that names {until} has an offer that ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names that strategies may use. A shipped strategy may be for a segment that is not there."""

    stages: Collection[str] = ()
    segments: Collection[str] = ()
    blueprints: Collection[str] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Of the definitions, for texts."""


def read_strategies(files: Sequence[SourceFile], known: Known) -> Strategies:
    """The checked strategies of files. Raises ``InvalidDefinitions`` with every issue."""
    forms = {"senders": SenderForm, "strategies": StrategyForm}
    read = read_files(files, StrategiesFile, forms, known.parameters)
    checker = _Checker(read, known)
    senders = {name: checker.sender(name, entry) for name, entry in read.entries("senders").items()}
    checker.senders = {name: one for name, one in senders.items() if one}
    made = [
        checker.strategy(name, order, entry)
        for order, (name, entry) in enumerate(read.entries("strategies").items())
    ]
    read.issues.raise_any()
    return Strategies(by_name={one.name: one for one in made if one}, senders=dict(checker.senders))


class _Checker:
    """Makes strategies and puts what is wrong on the list."""

    def __init__(self, read: Read, known: Known) -> None:
        self.issues: Issues = read.issues
        self.known = known
        self.senders: Mapping[str, Sender] = {}
        entries = read.entries("strategies")
        shipped = [one.form.for_.segment for one in entries.values() if one.shipped and one.form]
        # a shipped strategy of a segment that is not there yet has its name, also when overridden
        overridden = [name for name, one in entries.items() if one.overrides]
        self.segments = {*known.segments, *overridden, *(name for name in shipped if name)}

    def sender(self, name: str, entry: Entry[SenderForm]) -> Sender | None:
        form = entry.form
        if form is None:
            return None
        closing = self.both(form.closing, entry.place.at("closing"))
        if closing is None:
            return None
        return Sender(
            name=name, label=self.words(form.label, entry.place.at("label")), closing=closing
        )

    def strategy(self, name: str, order: int, entry: Entry[StrategyForm]) -> Strategy | None:
        form, place = entry.form, entry.place
        if form is None:
            return None
        self.names(form, place, shipped=entry.shipped)
        sender, texts = self.senders.get(form.sender), self.texts(form, place)
        if sender is None:
            return None
        return Strategy(
            name=name,
            order=order,
            title=self.words(form.title, place.at("title")),
            for_=_for(form.for_),
            stages=_stages(form),
            level=form.level or _level(form.for_),
            goal=self.words(form.goal, place.at("goal")),
            why=self.words(form.why, place.at("why")),
            channels=tuple((one, COST[one]) for one in form.channels or ()),
            offer=self.offer(form, place, texts),
            sender=sender,
            escalate=self.escalation(form, place),
            subject=texts.get("subject"),
            body=texts.get("body"),
            add=None if form.add is None else self.words(form.add, place.at("add")),
            short=texts.get("short"),
            script=texts.get("script"),
            carried_out_by=tuple(form.carried_out_by or ()),
            measure=self.words(form.measure.what, place.at("measure", "what")),
            measure_within_us=form.measure.within,
            needs=tuple(form.needs or ()),
            own=not entry.shipped,
        )

    def words(self, form: Label, place: Place) -> Text:
        """A text without fields in both languages."""
        return texts_of(form, place, self.issues)

    def texts(self, form: StrategyForm, place: Place) -> dict[str, Both]:
        """The texts that customers read, by key; what has issues is left out."""
        message = form.message
        written = {
            "subject": (message and message.subject, place.at("message", "subject")),
            "body": (message and message.body, place.at("message", "body")),
            "short": (form.short, place.at("short")),
            "script": (form.script, place.at("script")),
        }
        made = {key: self.both(text, at) for key, (text, at) in written.items() if text}
        return {key: both for key, both in made.items() if both}

    def offer(self, form: StrategyForm, place: Place, texts: Mapping[str, Both]) -> Offer | None:
        """The offer; a text that names its end needs one that ends."""
        valid = form.offer.valid if form.offer else None
        named = {
            name
            for one in texts.values()
            for template in (one.en, one.nl)
            for name in template.fields
        }
        if valid is None and "until" in named:
            hint = "say how long the offer holds, such as valid: 14d"
            message = "a text names {until}, and the offer has no end"
            self.issues.add(place, "missing", message, hint)
        text = self.both(form.offer.text, place.at("offer", "text")) if form.offer else None
        if form.offer is None or text is None:
            return None
        return Offer(kind=form.offer.kind, text=text, valid_us=valid)

    def escalation(self, form: StrategyForm, place: Place) -> Escalation | None:
        """When a person takes over."""
        escalate = form.escalate
        task = self.both(escalate.task, place.at("escalate", "task")) if escalate else None
        if escalate is None or task is None:
            return None
        return Escalation(to=escalate.to, after_visits=escalate.after_visits or 0, task=task)

    def names(self, form: StrategyForm, place: Place, *, shipped: bool) -> None:
        """What the strategy names is there, and it says something."""
        for_, at = form.for_, place.at("for")
        kinds = [for_.stage, for_.segment, for_.extension, for_.problem]
        if sum(one is not None for one in kinds) != 1:
            hint = "write one of stage, segment, extension, problem"
            self.issues.add(at, "form", "`for` says for whom it is, in one way", hint)
        if for_.anonymous is not None and for_.stage is None:
            self.issues.add(at, "form", "`anonymous` goes with `stage`", "leave it out")
        if for_.values is not None and for_.extension is None:
            self.issues.add(at, "form", "`values` goes with `extension`", "leave it out")
        self._name(for_.stage, self.known.stages, at.at("stage"), "stage")
        if form.when is not None and for_.stage is not None:
            hint = "leave one of them out"
            self.issues.add(place.at("when"), "form", "`for` names a stage already", hint)
        for one in _stages(form):
            self._name(one, self.known.stages, place.at("when", "stage"), "stage")
        if not shipped:
            self._name(for_.segment, self.segments, at.at("segment"), "segment")
        self._name(form.sender, self.senders, place.at("sender"), "sender")
        for n, one in enumerate(form.needs or ()):
            self._name(one, self.known.blueprints, place.at("needs", n), "blueprint")
        if not (form.message or form.short or form.script):
            hint = "write a message, a short text or a script"
            self.issues.add(place, "missing", "it says nothing to anybody", hint)

    def _name(self, name: str | None, known: Collection[str], place: Place, what: str) -> None:
        if name is not None and known and name not in known:
            hint = suggest(name, known, f"{what}s")
            self.issues.add(place, "unknown_name", f"there is no {what} `{name}`", hint)

    def both(self, form: Label, place: Place) -> Both | None:
        """The texts of both languages; None with issues."""
        text = texts_of(form, place, self.issues)
        en = self._template(text.en, place.at("en"))
        nl = self._template(text.nl, place.at("nl"))
        if form.en is not None and en is not None and en.addressed:
            hint = "write it for both in one way: {je|u} is for Dutch"
            self.issues.add(place.at("en"), "form", "English has one form of address", hint)
        return Both(en=en, nl=nl) if en and nl else None

    def _template(self, text: str, place: Place) -> Template | None:
        try:
            found = parse(text)
        except WrongTemplate as error:
            hint = "fields are {name}, forms of address {je|u}, choices [one|other]"
            self.issues.add(place, "form", str(error), hint)
            return None
        for name in sorted(found.fields - BY_NAME.keys()):
            hint = suggest(name, BY_NAME, "fields")
            self.issues.add(place, "unknown_name", f"there is no merge field `{name}`", hint)
        if not found.render(ALWAYS_KNOWN):
            hint = "give another text: [with {field}|without it]"
            self.issues.add(place, "form", "nothing is left of it when no field is known", hint)
        return found


def _for(form: Applies) -> For:
    return For(
        stage=form.stage,
        anonymous=form.anonymous,
        segment=form.segment,
        extension=form.extension,
        values=tuple(form.values or ()),
        problem=form.problem is not None,
    )


def _stages(form: StrategyForm) -> tuple[str, ...]:
    if form.when is None:
        return ()
    stages = form.when.stage
    return (stages,) if isinstance(stages, str) else tuple(stages)


def _level(form: Applies) -> Level:
    if form.problem is not None:
        return "problem"
    if form.extension == "do_not_contact":
        return "do_not_contact"
    if form.extension == "vulnerable":
        return "vulnerable"
    return "stage" if form.stage is not None else "segment"
