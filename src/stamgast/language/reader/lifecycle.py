"""The lifecycle: bands and rules to the rules of the AST."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast.language.ast import Lifecycle, StageRule, StageTerm
from stamgast.language.reader.issues import Place
from stamgast.language.reader.lifecycle_models import GridModel, RulesModel
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.scalars import MAX_US
from stamgast.language.reader.scope import words

if TYPE_CHECKING:
    from stamgast.language.reader.lifecycle_models import PurchaseBand, RecencyBand, RuleBand, Term
    from stamgast.language.reader.scope import Scope

NO_LIFECYCLE = Lifecycle(model="none", rules=(), labels={})


def read_lifecycle(scope: Scope) -> Lifecycle | None:
    """The lifecycle of the model that the settings choose; every model is checked."""
    sections = scope.gathered.sections
    models = sections["lifecycle.models"]
    rules = {
        name: _rules(entry.form, scope, entry.place)
        for name, entry in models.items()
        if entry.form is not None
    }
    chosen = scope.settings.lifecycle_model
    if chosen not in models:
        if not models and not sections["lifecycle.stages"]:
            return NO_LIFECYCLE
        place = Place(file="stamgast.toml", lines={})
        message = f"there is no lifecycle model `{chosen}`"
        scope.issues.add(place, "unknown_name", message, suggest(chosen, models, "models"))
        return None
    found = rules.get(chosen)
    if found is None:
        return None
    used = {rule.stage for rule in found}
    labels = {
        name: words(entry.form, name)
        for name, entry in sections["lifecycle.stages"].items()
        if name in used
    }
    return Lifecycle(model=chosen, rules=found, labels=labels)


def _rules(
    form: GridModel | RulesModel, scope: Scope, place: Place
) -> tuple[StageRule, ...] | None:
    """The rules of a model, first that holds; None with issues."""
    before = len(scope.issues.found)
    if isinstance(form, GridModel):
        columns = _columns(form.grid, scope, place.at("grid"))
        rules = _interleaved(columns)
    else:
        rules = _listed(form.rules, scope, place.at("rules"))
    if len(scope.issues.found) > before:
        return None
    # Nothing is left for the last rule to decide.
    return (*rules[:-1], StageRule(stage=rules[-1].stage))


def _known(stage: str, scope: Scope, place: Place) -> None:
    if stage not in scope.stages:
        hint = suggest(stage, scope.stages, "stages")
        scope.issues.add(place, "unknown_name", f"there is no stage `{stage}`", hint)


# --- grid -----------------------------------------------------------------------------------------


def _columns(bands: list[PurchaseBand], scope: Scope, place: Place) -> list[list[StageRule]]:
    """Per band of purchases its rules, shortest time since the last purchase first."""
    starts = [band.from_purchases for band in bands]
    if starts[0] != 0:
        message = "the first band begins at 0 purchases, so that everybody has a stage"
        scope.issues.add(place.at(0, "from_purchases"), "range", message, "from_purchases: 0")
    for i in range(1, len(starts)):
        if starts[i] <= starts[i - 1]:
            message = f"this band begins at {starts[i]}, the one before it at {starts[i - 1]}"
            scope.issues.add(
                place.at(i, "from_purchases"), "range", message, "put fewest purchases first"
            )
    columns = []
    for i, band in enumerate(bands):
        most = starts[i + 1] - 1 if i + 1 < len(bands) else None
        columns.append(_column(band, most, scope, place.at(i)))
    return columns


def _column(band: PurchaseBand, most: int | None, scope: Scope, place: Place) -> list[StageRule]:
    least = band.from_purchases
    if isinstance(band.stages, str):
        _known(band.stages, scope, place.at("stages"))
        term = StageTerm(at_least=0, within_us=None, ever_min=least, ever_max=most)
        return [StageRule(stage=band.stages, any_of=(term,))]
    if least == 0:
        message = "without a purchase there is no time since the last one"
        scope.issues.add(place.at("stages"), "form", message, "write one stage: stages: prospect")
        return []
    _check_times(band.stages, scope, place.at("stages"))
    rules: list[StageRule] = []
    for i, part in enumerate(band.stages):
        _known(part.stage, scope, place.at("stages", i, "stage"))
        at_least = 0 if part.up_to is None else 1
        term = StageTerm(at_least=at_least, within_us=part.up_to, ever_min=least, ever_max=most)
        if rules and rules[-1].stage == part.stage:
            rules.pop()  # the wider of two equal neighbours holds the other
        rules.append(StageRule(stage=part.stage, any_of=(term,)))
    return rules


def _check_times(parts: list[RecencyBand], scope: Scope, place: Place) -> None:
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if last and part.up_to is not None:
            message = "the last band has no `up_to`, so that everybody has a stage"
            scope.issues.add(place.at(i, "up_to"), "range", message, "leave it out")
        elif not last and part.up_to is None:
            message = "only the last band has no `up_to`"
            scope.issues.add(place.at(i), "range", message, "write up_to: 30d")
        elif i and _ends(part) <= _ends(parts[i - 1]):
            message = "this band ends no later than the one before it"
            scope.issues.add(place.at(i, "up_to"), "range", message, "put the shortest first")


def _ends(part: RecencyBand) -> int:
    return MAX_US + 1 if part.up_to is None else part.up_to


def _interleaved(columns: list[list[StageRule]]) -> tuple[StageRule, ...]:
    """The rules of disjoint bands in one list, the terms of one stage together where that can be.

    Each band keeps its own order; between bands the order is free, because no profile is in two.
    """
    waiting = [list(column) for column in columns if column]
    rules: list[StageRule] = []
    while waiting:
        heads = [column[0].stage for column in waiting]
        stage = next((s for s in heads if not _later(s, waiting)), heads[0])
        terms: list[StageTerm] = []
        for column in waiting:
            if column[0].stage == stage:
                _widen(terms, column.pop(0).any_of)
        rules.append(StageRule(stage=stage, any_of=tuple(terms)))
        waiting = [column for column in waiting if column]
    return tuple(rules)


def _widen(terms: list[StageTerm], more: tuple[StageTerm, ...]) -> None:
    """Add terms; one that only goes on where the last one ends (1, then 2-3) becomes one with it."""
    for term in more:
        last = terms[-1] if terms else None
        if last is not None and _goes_on(last, term):
            terms[-1] = replace(last, ever_max=term.ever_max)
        else:
            terms.append(term)


def _goes_on(last: StageTerm, term: StageTerm) -> bool:
    same = (last.at_least, last.within_us) == (term.at_least, term.within_us)
    return same and last.ever_max is not None and term.ever_min == last.ever_max + 1


def _later(stage: str, waiting: list[list[StageRule]]) -> bool:
    """Whether a stage still comes behind another one in some band."""
    return any(rule.stage == stage for column in waiting for rule in column[1:])


# --- rules ----------------------------------------------------------------------------------------


def _listed(bands: list[RuleBand], scope: Scope, place: Place) -> tuple[StageRule, ...]:
    rules: list[StageRule] = []
    for i, band in enumerate(bands):
        here = place.at(i)
        _known(band.stage, scope, here.at("stage"))
        terms = _terms(band, scope, here)
        said = _says(band) or band.any_ is not None
        last = i == len(bands) - 1
        if last and said:
            message = "the last rule has no condition, so that everybody has a stage"
            scope.issues.add(here, "range", message, "end with a rule that is only a stage")
        elif not last and not said:
            message = "only the last rule has no condition"
            scope.issues.add(here, "range", message, "say purchases, within, ever or never")
        if rules and rules[-1].stage == band.stage and terms:
            terms = (*rules.pop().any_of, *terms)
        rules.append(StageRule(stage=band.stage, any_of=terms))
    return tuple(rules)


def _terms(band: RuleBand, scope: Scope, place: Place) -> tuple[StageTerm, ...]:
    own = _term(band, scope, place)
    if band.any_ is None:
        return () if own is None else (own,)
    if own is not None:
        message = "`any` does not go together with a condition beside it"
        scope.issues.add(place.at("any"), "form", message, "put it into the list")
    terms = [_term(term, scope, place.at("any", i)) for i, term in enumerate(band.any_)]
    return tuple(term for term in terms if term is not None)


def _says(term: Term) -> bool:
    return (term.purchases, term.within, term.ever, term.never) != (None, None, None, None)


def _term(term: Term, scope: Scope, place: Place) -> StageTerm | None:
    if term.never is not None:
        if (term.purchases, term.within, term.ever) != (None, None, None):
            scope.issues.add(place.at("never"), "form", "`never` stands alone", "make two rules")
        return StageTerm(at_least=0, within_us=None, ever_max=0)
    if not _says(term):
        return None
    if (term.purchases is None) is not (term.within is None):
        message = "`purchases` and `within` go together"
        scope.issues.add(place, "form", message, "write purchases: 2, within: 60d; or ever: 4")
        return None
    if term.purchases == 0 or term.ever == 0:
        scope.issues.add(place, "range", "0 purchases always hold", "write never: true for none")
    return StageTerm(at_least=term.purchases or 0, within_us=term.within, ever_min=term.ever or 0)
