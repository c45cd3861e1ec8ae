"""One segment more, or in the place of another, among definitions that were read already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast.language.naming import reached
from stamgast.language.reader.entries import Entry
from stamgast.language.reader.gather import Gathered, entry_form
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.parameters import Parameters
from stamgast.language.reader.read import read_scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import Definitions
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.source import LanguageSettings, SourceFile

SEGMENTS = "segments"


def read_one(
    files: Sequence[SourceFile],
    name: str,
    value: object,
    place: Place,
    *,
    settings: LanguageSettings,
) -> Definitions | None:
    """The definitions of the files with this segment; nothing else is read again.

    ``value``: as a file has it, at ``place``; ``name``: one that a segment can have, and no trait has.
    None: others have to be read again, because they name it. Raises ``InvalidDefinitions`` with every
    issue of it, and of the files when those have any.
    """
    scope, known = read_scope(tuple(files), settings)
    issues, sections = Issues(), scope.gathered.sections
    before = known.segments.get(name)
    parameters = Parameters(sections["parameters"], issues)
    place, form, whole = entry_form(SEGMENTS, value, place, parameters)
    entry = Entry(place=place, form=form, shipped=False, overrides=before is not None, whole=whole)
    own = replace(
        scope,
        issues=issues,
        gathered=Gathered({**sections, SEGMENTS: {**sections[SEGMENTS], name: entry}}),
        extensions=dict(scope.extensions),
        traits=dict(scope.traits),
        segments={key: one for key, one in scope.segments.items() if key != name},
    )
    found = own.segment(name, place)
    issues.raise_any()
    if found is None:
        return None
    if before is not None and (
        before.uses_statistics != found.uses_statistics
        or ("segment", name) in reached(found.where, known)
    ):
        return None
    others = {key: one for key, one in known.segments.items() if key != name}
    return replace(known, segments={**others, name: found})
