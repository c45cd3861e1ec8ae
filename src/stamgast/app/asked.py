"""What a question is about: a definition by its name, or one that was built in Python."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from stamgast.app.core import STAGE, named_by_label
from stamgast.errors import UserError, did_you_mean
from stamgast.language import builders, built
from stamgast.language.ast import Lifecycle, Segment, Text, Trait
from stamgast.language.sentences import sentence
from stamgast.language.wording import capital

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.app.core import Core
    from stamgast.language.ast import Definitions
    from stamgast.store.engine import DuckEngine

SegmentAsked: TypeAlias = "str | builders.Segment | built.Condition"
"""A segment: its name, or a condition made by the builders."""
TraitAsked: TypeAlias = "str | built.Value"
"""A trait: its name, or a value made by the builders."""

BUILT = "built"
"""The name of what was built, unless the shop has something of that name."""

Node = TypeVar("Node", Segment, Trait, Lifecycle, "Segment | Trait | Lifecycle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[Node]):
    """A checked definition, among those it may name."""

    node: Node
    definitions: Definitions
    built: bool = False
    """It is in no file, so no refresh recorded anything of it."""

    @contextmanager
    def engine(self, core: Core) -> Iterator[DuckEngine]:
        """An engine that knows it, and one snapshot of the data while it is used."""
        with core.snapshot():
            if not self.built:
                yield core.engine
                return
            engine = core.engine_for(self.definitions)
            try:
                yield engine
            finally:
                engine.drop_statistics()


def asked_segment(core: Core, what: SegmentAsked) -> Asked[Segment]:
    """The segment that is meant.

    Raises UserError ``segment.unknown`` and ``builders.kind``, and ``InvalidDefinitions`` with every
    issue of what was built.
    """
    if isinstance(what, str):
        return Asked(node=core.named_segment(what), definitions=core.definitions)
    if isinstance(what, builders.Segment | built.Condition):
        name = _free_name(core)
        known = _with_built(core, segments={name: what})
        segment = known.segments[name]
        if getattr(what, "label", None) is None:
            segment = replace(segment, label=_words(segment, known))
            known = replace(known, segments={**known.segments, name: segment})
        return Asked(node=segment, definitions=known, built=True)
    raise _wrong_kind("segment", "a condition, such as sg.count('order') >= 3", what)


def asked_trait(core: Core, what: TraitAsked) -> Asked[Trait]:
    """The trait that is meant. Raises as ``asked_segment``, with ``trait.unknown``."""
    if isinstance(what, str):
        return Asked(node=core.named_trait(what), definitions=core.definitions)
    if isinstance(what, built.Aggregate):
        name = _free_name(core)
        known = _with_built(core, traits={name: what})
        return Asked(node=known.traits[name], definitions=known, built=True)
    head: dict[str, object] = getattr(what, "head", {})
    if set(head) == {"trait"}:
        return asked_trait(core, str(head["trait"]))
    raise _wrong_kind("trait", "a value, such as sg.count('order', within='90d')", what)


def asked_any(core: Core, what: SegmentAsked | TraitAsked) -> Asked[Segment | Trait | Lifecycle]:
    """The segment, trait or (``stage``) lifecycle that is meant. Raises as ``asked_segment``."""
    known = core.definitions
    found: Asked[Segment] | Asked[Trait]
    if isinstance(what, built.Value):
        found = asked_trait(core, what)
    elif isinstance(what, str) and what == STAGE:
        return Asked(node=known.lifecycle, definitions=known)
    elif isinstance(what, str) and what in known.traits:
        found = asked_trait(core, what)
    elif isinstance(what, str) and what not in known.segments:
        near = named_by_label(what, {**known.traits, **known.segments}) or did_you_mean(
            what, [*known.segments, *known.traits, STAGE]
        )
        raise UserError(
            "segment.unknown",
            f"there is no trait or segment {what!r}",
            hint=near or "see `stamgast segment list`",
        )
    else:
        found = asked_segment(core, what)
    return Asked(node=found.node, definitions=found.definitions, built=found.built)


def _with_built(
    core: Core,
    *,
    segments: dict[str, builders.Segment | built.Condition] | None = None,
    traits: dict[str, built.Aggregate] | None = None,
) -> Definitions:
    """The shop's definitions and what was built; a trait without a name is called what it is."""
    known = builders.definitions(
        segments=segments, traits=traits, files=core.files, settings=core.language_settings
    )
    fresh = {
        name: replace(trait, label=_words(trait, known))
        for name, trait in known.traits.items()
        if name not in core.definitions.traits and name not in _labelled(traits)
    }
    return replace(known, traits={**known.traits, **fresh})


def _labelled(traits: dict[str, built.Aggregate] | None) -> set[str]:
    return {name for name, one in (traits or {}).items() if "label" in one.plain}


def _words(node: Segment | Trait, known: Definitions) -> Text:
    return Text(en=capital(sentence(node, "en", known)), nl=capital(sentence(node, "nl", known)))


def _free_name(core: Core) -> str:
    name = BUILT
    while name in core.definitions.segments or name in core.definitions.traits:
        name += "_"
    return name


def _wrong_kind(wanted: str, example: str, what: object) -> UserError:
    return UserError(
        "builders.kind",
        f"{type(what).__name__} is no {wanted}",
        hint=f"give its name, or {example}",
    )
