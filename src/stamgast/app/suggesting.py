"""The lifecycle with other times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast.language.reader.issues import Issues, Place
from stamgast.language.reader.read import read_documents
from stamgast.language.reader.scalars import duration_us
from stamgast.language.reader.source import Document, load
from stamgast.measure.suggest import POINTS
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.language.ast import Lifecycle, StageRule

MARKED = {name: 3001 + n for n, name in enumerate(POINTS)}
"""Days that nobody means: where they come out, the parameter was used."""


class Times:
    """Where the lifecycle of a shop uses its four times."""

    def __init__(self, core: Core) -> None:
        """Read the definitions once more, with times that can be told apart."""
        issues = Issues()
        documents = []
        for file in core.files:
            document = load(file, issues)
            if document is not None:
                documents.append(_without(document))
        marked = {name: f"{days}d" for name, days in MARKED.items()}
        data = {"version": 1, "parameters": marked}
        documents.append(Document(data=data, place=Place(file="suggest", lines={})))
        read = read_documents(documents, settings=core.language_settings, issues=issues)
        self.lifecycle = read.lifecycle
        spans = {term.within_us for rule in self.lifecycle.rules for term in rule.any_of}
        used = [name for name, days in MARKED.items() if days * DAY_US in spans]
        written = core.definitions.parameters
        self.now = {name: duration_us(written[name]) // DAY_US for name in used}
        """Parameter -> its days, of those that the lifecycle uses."""

    @property
    def complete(self) -> bool:
        """Whether the lifecycle uses all four."""
        return set(self.now) == set(POINTS)

    def lifecycle_of(self, days: Mapping[str, int]) -> Lifecycle:
        """The lifecycle with these times; bands may be of no length."""
        put = {MARKED[name] * DAY_US: days[name] * DAY_US for name in POINTS}
        return replace(
            self.lifecycle, rules=tuple(_put(rule, put) for rule in self.lifecycle.rules)
        )


def _without(document: Document) -> Document:
    given = document.data.get("parameters")
    if document.shipped or not isinstance(given, dict):
        return document
    kept = {name: value for name, value in given.items() if name not in POINTS}
    return replace(document, data={**document.data, "parameters": kept})


def _put(rule: StageRule, put: Mapping[int, int]) -> StageRule:
    terms = tuple(
        term
        if term.within_us is None
        else replace(term, within_us=put.get(term.within_us, term.within_us))
        for term in rule.any_of
    )
    return replace(rule, any_of=terms)
