"""``shop.advice``: what to do now for a customer, what to say, and what data use cases need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from stamgast.app.customers import kind_label
from stamgast.app.exporting import reach
from stamgast.app.folder import DEFINITIONS
from stamgast.app.holdings import held_of
from stamgast.app.labels import carried_by
from stamgast.app.problems import problems_of
from stamgast.app.records import record_of
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.decide.advice import Extension, Facts, advise
from stamgast.decide.blueprints import check, read_blueprints
from stamgast.decide.checking import Known, read_strategies
from stamgast.decide.golden import summary
from stamgast.decide.messages import Message, for_colleagues, message_for
from stamgast.errors import UserError, did_you_mean
from stamgast.language.reader import SourceFile
from stamgast.language.reader.scalars import duration_us
from stamgast.report.words import catalogue, word
from stamgast.retail import BLUEPRINTS, STRATEGIES, shipped_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from stamgast.app.core import Core
    from stamgast.app.customers import Customer, Customers
    from stamgast.app.instants import Moment
    from stamgast.decide.advice import Advice, Chosen
    from stamgast.decide.blueprints import Asked, Blueprint, Blueprints, Checked, Need
    from stamgast.decide.fields import Problem, Record
    from stamgast.decide.strategies import Strategies, Strategy
    from stamgast.decide.template import Address
    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant
    from stamgast.profiles.gate import Decision
    from stamgast.report.words import Language

T = TypeVar("T")
CHANNELS = ("email", "sms", "phone", "post", "ads", "app")
"""Channels that consent can be given for."""
OPEN_FOR = "dissatisfied_for"
"""The parameter that says how long an open problem waits for an answer; then the segments tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAdvice:
    """What to do for one customer at an instant."""

    customer: Customer
    record: Record
    facts: Facts
    advice: Advice

    @property
    def as_of(self) -> Instant:
        """The instant asked."""
        return self.customer.as_of

    def sentence(self, language: Language) -> str:
        """The golden record in one sentence."""
        return summary(self.record, language)


@of_one_snapshot
class Advisor:
    """Advice for the customers of a shop."""

    def __init__(self, core: Core, customers: Customers) -> None:
        """Made by ``Shop``."""
        self._core = core
        self._customers = customers
        self._read: tuple[object, Strategies, Blueprints] | None = None

    @property
    def strategies(self) -> Strategies:
        """Shipped, and the shop's own over them. Raises ``InvalidDefinitions`` with every issue."""
        return self._files()[0]

    @property
    def blueprints(self) -> Blueprints:
        """Shipped, and the shop's own over them. Raises ``InvalidDefinitions`` with every issue."""
        return self._files()[1]

    def show(self, customer: str | int, *, as_of: Moment = None) -> CustomerAdvice:
        """What to do for a customer, the most urgent first. Errors as for ``shop.customers.show``."""
        return self.of(self._customers.show(customer, as_of=as_of))

    def of(self, found: Customer) -> CustomerAdvice:
        """The same for a customer that ``shop.customers.show`` found already."""
        problems = problems_of(self._core, found)
        since = found.as_of - duration_us(self._core.definitions.parameters[OPEN_FOR])
        carried = carried_by(self._core, found)
        facts = Facts(
            stage=found.stage if found.exists else None,
            anonymous=found.anonymous,
            segments=frozenset(found.segments),
            extensions={
                name: Extension(value=one.value, priority=one.extension.treatment.priority)
                for name, one in carried.items()
            },
            open_problems=sum(_to_answer(one, since) for one in problems),
            troubled=not all(one.solved for one in problems),
        )
        record = record_of(self._core, found, problems=problems, carried=carried)
        return CustomerAdvice(
            customer=found,
            record=record,
            facts=facts,
            advice=advise(self.strategies, facts),
        )

    def reach(self, found: CustomerAdvice) -> Mapping[str, Decision]:
        """Channel -> whether the gate lets one reach them over it with marketing, and why."""
        declared = self._core.definitions.extensions
        carried = {name: declared[name].treatment for name in found.facts.extensions}
        return reach(self._core, found.customer.profile_id, found.as_of, carried=carried)

    def message(
        self,
        found: CustomerAdvice,
        language: Language,
        *,
        strategy: str | None = None,
        address: Address | None = None,
        code: str = "",
    ) -> Message:
        """What to say: by the strategy on top, or by name. An empty message without one.

        ``address``: else the shop's. ``code``: of the offer. Raises UserError ``strategy.unknown``.
        """
        chosen = self.strategy(strategy) if strategy else _top(found.advice.top)
        if chosen is None:
            return Message()
        form: Address = address or ("u" if self._core.settings.address == "u" else "je")
        return message_for(chosen, found.record, language, form, code=code)

    def strategy(self, name: str) -> Strategy:
        """The strategy. Raises UserError ``strategy.unknown`` with the nearest name."""
        return _named("strategy", name, self.strategies.by_name)

    def check(self, names: Collection[str] = ()) -> tuple[Checked, ...]:
        """Blueprints against what the shop holds; all of them without names.

        Raises UserError ``blueprint.unknown`` with the nearest name.
        """
        known = self.blueprints.by_name
        asked = [_named("blueprint", name, known) for name in names] or list(known.values())
        wanted: Iterable[Asked] = {need.asked for one in asked for need in one.needs}
        return check(asked, held_of(self._core, wanted))

    def names(self, language: Language) -> dict[str, str]:
        """What people call the attributes, identifiers and channels that blueprints name."""
        attributes = self._core.definitions.attribute_labels
        kinds = self._core.kinds.by_name
        return {
            **{f"attribute:{name}": text[language].lower() for name, text in attributes.items()},
            **{
                f"identifier:{name}": kind_label(kind, name, language).lower()
                for name, kind in kinds.items()
            },
            **{
                f"events:{key.removeprefix('event.')}": word(language, key)
                for key in catalogue()
                if key.startswith("event.")
            },
            **{f"consent:{name}": word(language, f"blueprint.channel.{name}") for name in CHANNELS},
        }

    # --- files ------------------------------------------------------------------------------------

    def _files(self) -> tuple[Strategies, Blueprints]:
        definitions = self._core.definitions
        own = {name: self._own(name) for name in (STRATEGIES, BLUEPRINTS)}
        mark = (definitions, tuple(own.values()))
        if self._read is None or self._read[0] != mark:
            parameters = definitions.parameters
            blueprints = read_blueprints(_sources(BLUEPRINTS, own[BLUEPRINTS]), parameters)
            known = Known(
                stages=definitions.lifecycle.labels,
                segments=definitions.segments,
                blueprints=blueprints.by_name,
                parameters=parameters,
            )
            strategies = read_strategies(_sources(STRATEGIES, own[STRATEGIES]), known)
            self._read = (mark, strategies, blueprints)
        return self._read[1], self._read[2]

    def _own(self, name: str) -> str | None:
        path = self._core.folder / DEFINITIONS / name
        try:
            return path.read_text(encoding="utf-8") if path.is_file() else None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                "definitions.unreadable",
                f"cannot be read: {error}",
                where=str(path),
                hint="definition files are text in UTF-8",
            ) from error


def for_whom(one: Strategy, definitions: Definitions, language: Language) -> str:
    """For whom a strategy is, in words: ``segment Best buyers``."""
    for_ = one.for_
    if for_.stage is not None:
        label = definitions.lifecycle.labels.get(for_.stage)
        name = label[language] if label else for_.stage
        if for_.anonymous:
            name = word(language, "advice.anonymous", name=name)
        return word(language, "advice.because.stage", name=name)
    if for_.segment is not None:
        segment = definitions.segments.get(for_.segment)
        name = segment.label[language] if segment else for_.segment
        return word(language, "advice.because.segment", name=name)
    if for_.extension is not None:
        extension = definitions.extensions.get(for_.extension)
        name = extension.label[language] if extension else for_.extension
        return word(language, "advice.because.extension", name=name)
    return word(language, "advice.because.problem")


def why_first(advice: Advice, definitions: Definitions, language: Language) -> str:
    """Why the advice on top is there, and goes before the next one; empty without advice."""
    if not advice.chosen:
        return ""
    levels = [word(language, f"advice.level.{one.level}") for one in advice.chosen[:2]]
    return word(
        language,
        f"advice.won.{advice.won_by}",
        because=for_whom(advice.chosen[0].strategy, definitions, language),
        level=levels[0][:1].upper() + levels[0][1:],
        other=levels[-1],
    )


def advice_json(
    advisor: Advisor,
    found: CustomerAdvice,
    message: Message,
    definitions: Definitions,
    language: Language,
) -> dict[str, object]:
    """Advice and its message as the command line writes them."""
    top, currency = found.advice.top, found.customer.currency
    return {
        "profile_id": found.customer.profile_id,
        "as_of": format_instant(found.as_of),
        "summary": found.sentence(language),
        "advice": None if top is None else _chosen_json(top, language, currency),
        "won_by": found.advice.won_by if top else None,
        "reason": why_first(found.advice, definitions, language),
        "reach": {
            channel: {"yes": one.yes, "reason": one.reason}
            for channel, one in advisor.reach(found).items()
        },
        "message": {
            "subject": message.subject,
            "body": message.body,
            "html": message.html,
            "short": message.short,
            "script": message.script,
            "missing_fields": [*message.missing],
        },
        "others": [_chosen_json(one, language, currency) for one in found.advice.chosen[1:]],
    }


def strategy_json(one: Strategy, language: Language, currency: str) -> dict[str, object]:
    """A strategy as the command line writes it."""
    offer, escalate = one.offer, one.escalate
    return {
        "strategy": one.name,
        "level": one.level,
        "stages": [*one.stages],
        "title": one.title[language],
        "goal": one.goal[language],
        "why": one.why[language],
        "channels": [{"channel": channel, "cost": cost} for channel, cost in one.channels],
        "offer": None
        if offer is None
        else {"kind": offer.kind, "text": for_colleagues(offer.text, language, currency)},
        "sender": one.sender.name,
        "escalate": None
        if escalate is None
        else {
            "to": escalate.to,
            "after_visits": escalate.after_visits,
            "task": for_colleagues(escalate.task, language, currency),
        },
        "carried_out_by": [*one.carried_out_by],
        "measure": one.measure[language],
        "needs": [*one.needs],
        "own": one.own,
    }


def blueprint_json(
    one: Blueprint, blueprints: Blueprints, names: Mapping[str, str], language: Language
) -> dict[str, object]:
    """A blueprint as the command line writes it."""
    return {
        "blueprint": one.name,
        "label": one.label[language],
        "about": one.about[language],
        "needs": [_need_json(need, blueprints, names, language) for need in one.needs],
    }


def check_json(
    found: Checked, blueprints: Blueprints, names: Mapping[str, str], language: Language
) -> dict[str, object]:
    """A checked blueprint as the command line writes it."""
    needs = [
        {
            **_need_json(one.need, blueprints, names, language),
            "have": one.have,
            "ready": one.ready,
            "how": None if one.ready else blueprints.how(one.need.asked, language, names),
        }
        for one in found.needs
    ]
    return {
        **blueprint_json(found.blueprint, blueprints, names, language),
        "ready": found.ready,
        "missing": len(found.missing),
        "needs": needs,
    }


def _need_json(
    need: Need, blueprints: Blueprints, names: Mapping[str, str], language: Language
) -> dict[str, object]:
    return {
        "kind": need.asked.kind,
        "names": [*need.asked.names],
        "label": blueprints.label(need.asked, language, names),
        "at_least": need.at_least,
        "unit": "days" if need.asked.kind == "history" else "customers",
        "optional": need.optional,
        "why": None if need.why is None else need.why[language],
    }


def _chosen_json(one: Chosen, language: Language, currency: str) -> dict[str, object]:
    return {**strategy_json(one.strategy, language, currency), "priority": one.priority}


def _to_answer(problem: Problem, since: Instant) -> bool:
    """Whether somebody waits for an answer since then; who ended a subscription does not."""
    return problem.since >= since and not problem.solved and problem.kind != "subscription"


def _top(chosen: Chosen | None) -> Strategy | None:
    return None if chosen is None else chosen.strategy


def _sources(name: str, own: str | None) -> list[SourceFile]:
    shipped = shipped_file(name)
    if own is None:
        return [shipped]
    return [shipped, SourceFile(name=f"{DEFINITIONS}/{name}", text=own)]


def _named(what: str, name: str, known: Mapping[str, T]) -> T:
    found = known.get(name)
    if found is None:
        hint = did_you_mean(name, known) or f"known are {', '.join(known)}"
        raise UserError(f"{what}.unknown", f"there is no {what} {name!r}", hint=hint)
    return found
