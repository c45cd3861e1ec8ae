"""Blueprints: what data a use case needs, read from ``blueprints.yaml`` and held against a shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stamgast.decide.models import NEED_FORMS, BlueprintForm, BlueprintsFile, SourceForm
from stamgast.decide.reading import read_files, texts_of
from stamgast.decide.template import Template, WrongTemplate, parse
from stamgast.language.reader.issues import suggest
from stamgast.language.wording import number_words
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.language.ast import Text
    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.forms import Label
    from stamgast.language.reader.issues import Issues, Place
    from stamgast.language.reader.source import SourceFile
    from stamgast.language.wording import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing that is counted in a shop."""

    kind: str
    """``orders``, ``history``, ``events``, ``attribute``, ``identifier``, ``consent``, or a kind of data."""
    names: tuple[str, ...] = ()
    """Event names (one of them), the attribute, the kind of identifier, the channel."""
    number: int = 0
    """orders: the purchases a customer has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a use case asks of a shop."""

    asked: Asked
    at_least: int
    """Customers that have it; of history: days."""
    optional: bool
    why: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """A use case and what it needs."""

    name: str
    label: Text
    about: Text
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A kind of data: what it is called, and where one gets it."""

    label: Mapping[Language, Template]
    how: Mapping[Language, Template]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprints:
    """Every blueprint by name, in the order of the files, and the kinds of data."""

    by_name: Mapping[str, Blueprint]
    sources: Mapping[str, DataSource]

    @property
    def asked(self) -> frozenset[Asked]:
        """All that has to be counted to check every blueprint."""
        return frozenset(need.asked for one in self.by_name.values() for need in one.needs)

    def label(
        self, asked: Asked, language: Language, names: Mapping[str, str] | None = None
    ) -> str:
        """What is asked, in words.

        ``names``: ``attribute:last_name`` and the like -> what people call it.
        """
        return self.sources[asked.kind].label[language].render(_values(asked, language, names))

    def how(self, asked: Asked, language: Language, names: Mapping[str, str] | None = None) -> str:
        """Where one gets it, and as what it is read. ``names`` as for ``label``."""
        return self.sources[asked.kind].how[language].render(_values(asked, language, names))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedNeed:
    """A need, and how much of it a shop has."""

    need: Need
    have: int
    """Customers that have it; of history: days."""

    @property
    def ready(self) -> bool:
        """Whether it is enough."""
        return self.have >= self.need.at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A blueprint held against a shop."""

    blueprint: Blueprint
    needs: tuple[CheckedNeed, ...]

    @property
    def ready(self) -> bool:
        """Whether everything is there that is not optional."""
        return not self.missing

    @property
    def missing(self) -> tuple[CheckedNeed, ...]:
        """What is not there and has to be."""
        return tuple(one for one in self.needs if not one.ready and not one.need.optional)

    @property
    def better_with(self) -> tuple[CheckedNeed, ...]:
        """What is not there and would help."""
        return tuple(one for one in self.needs if not one.ready and one.need.optional)


def check(blueprints: Iterable[Blueprint], held: Mapping[Asked, int]) -> tuple[Checked, ...]:
    """Each blueprint against what a shop holds; what was not counted is 0."""
    return tuple(
        Checked(
            blueprint=one,
            needs=tuple(CheckedNeed(need=need, have=held.get(need.asked, 0)) for need in one.needs),
        )
        for one in blueprints
    )


def read_blueprints(
    files: Sequence[SourceFile], parameters: Mapping[str, object] | None = None
) -> Blueprints:
    """The checked blueprints of files. Raises ``InvalidDefinitions`` with every issue."""
    forms = {"sources": SourceForm, "blueprints": BlueprintForm}
    read = read_files(files, BlueprintsFile, forms, parameters or {})
    sources = {
        name: DataSource(
            label=_both(entry.form.label, entry.place.at("label"), read.issues),
            how=_both(entry.form.how, entry.place.at("how"), read.issues),
        )
        for name, entry in read.entries("sources").items()
        if entry.form is not None
    }
    made = [
        _blueprint(name, entry, sources, read.issues)
        for name, entry in read.entries("blueprints").items()
        if entry.form is not None
    ]
    read.issues.raise_any()
    return Blueprints(by_name={one.name: one for one in made}, sources=sources)


def _blueprint(
    name: str, entry: Entry[BlueprintForm], sources: Mapping[str, DataSource], issues: Issues
) -> Blueprint:
    form = entry.form
    assert form is not None  # noqa: S101 - who calls looks at it
    place = entry.place
    needs = tuple(_need(one, place.at("needs", n), issues) for n, one in enumerate(form.needs))
    for n, need in enumerate(needs):
        if sources and need.asked.kind not in sources:
            message = f"no source says where `{need.asked.kind}` comes from"
            hint = suggest(need.asked.kind, sources, "sources")
            issues.add(place.at("needs", n), "unknown_name", message, hint)
    return Blueprint(
        name=name,
        label=texts_of(form.label, place.at("label"), issues),
        about=texts_of(form.about, place.at("about"), issues),
        needs=needs,
    )


def _need(form: Any, place: Place, issues: Issues) -> Need:  # noqa: ANN401 - one of the forms of a need
    key = next(key for key, model in NEED_FORMS.items() if type(form) is model)
    value = getattr(form, key)
    least = form.at_least if form.at_least is not None else 1
    names: tuple[str, ...] = ()
    if key == "data":
        asked = Asked(kind=value)
    elif key == "history":
        asked, least = Asked(kind=key), value // DAY_US
    elif key == "orders":
        asked = Asked(kind=key, number=value)
    else:
        names = tuple(value) if isinstance(value, list) else (value,)
        asked = Asked(kind=key, names=names)
    why = None if form.why is None else texts_of(form.why, place.at("why"), issues)
    # a history of so many days is asked with the days it needs, so that its words can say them
    number = least if key == "history" else asked.number
    asked = Asked(kind=asked.kind, names=asked.names, number=number)
    return Need(asked=asked, at_least=least, optional=form.optional, why=why)


def _values(asked: Asked, language: Language, names: Mapping[str, str] | None) -> dict[str, str]:
    number = number_words(asked.number, language)
    known = names or {}
    said = [known.get(f"{asked.kind}:{name}", name) for name in asked.names]
    return {
        "name": ", ".join(asked.names),
        "said": ", ".join(said),
        "count": number,
        "days": number,
    }


def _both(form: Label, place: Place, issues: Issues) -> dict[Language, Template]:
    text = texts_of(form, place, issues)
    return {
        "en": _template(text.en, place.at("en"), issues),
        "nl": _template(text.nl, place.at("nl"), issues),
    }


def _template(text: str, place: Place, issues: Issues) -> Template:
    try:
        found = parse(text)
    except WrongTemplate as error:
        issues.add(place, "form", str(error), "fields are {name}, {said}, {count} and {days}")
        return Template(source=text, lines=())
    for name in sorted(found.fields - {"name", "said", "count", "days"}):
        hint = "fields are {name}, {said}, {count} and {days}"
        issues.add(place, "unknown_name", f"there is no field `{name}` here", hint)
    return found
