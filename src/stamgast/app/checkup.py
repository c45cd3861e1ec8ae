"""What is to be said of a shop's own definition files: whether they can be read, and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.by_hand import COMMIT as BY_HAND
from stamgast.app.by_hand import HAND
from stamgast.errors import InvalidDefinitions, nearest
from stamgast.language.ast import Text
from stamgast.language.reader import SourceFile
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load
from stamgast.store.books import batches
from stamgast.store.doctor import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.app.core import Core

SECTIONS = ("traits", "segments")
MOST = 5


def definition_findings(core: Core) -> Iterator[Finding]:
    """An error when the definitions cannot be read; else what ``unlabelled`` finds."""
    try:
        files = core.definition_files
    except InvalidDefinitions as error:
        yield Finding(
            level="error",
            code="definitions.invalid",
            message=Text(
                en="the definitions cannot be used; no question can be answered",
                nl="de definities zijn niet te gebruiken; geen vraag is te beantwoorden",
            ),
            hint=Text(
                en="mend these places, and ask again", nl="herstel deze plekken en vraag opnieuw"
            ),
            examples=tuple(str(issue) for issue in error.issues[:MOST]),
        )
        return
    yield from unlabelled(files)
    yield from unheard_sources(core)


def unheard_sources(core: Core) -> Iterator[Finding]:
    """A warning per source that goes before others for an attribute, and of which nothing was ever read."""
    heard = {
        one.source
        for one in batches(core.store)
        if one.kind in ("import", BY_HAND) and one.undone_at is None
    }
    heard.add(HAND)  # it may be given a rule before anybody used it
    for name, sources in core.definitions.attribute_sources.items():
        for one in sources:
            if one in heard:
                continue
            meant = nearest(one, heard)
            yield Finding(
                level="warning",
                code="attribute.source",
                message=Text(
                    en=f"for `{name}` the source `{one}` goes before others, but nothing ever came from it",
                    nl=f"voor `{name}` gaat de bron `{one}` voor, maar daar is nooit iets van ingelezen",
                ),
                hint=Text(
                    en=f"did you mean `{meant}`?"
                    if meant
                    else "`stamgast ingest list` shows the sources",
                    nl=f"bedoel je `{meant}`?"
                    if meant
                    else "`stamgast ingest list` toont de bronnen",
                ),
            )


def unlabelled(files: Mapping[str, str]) -> Iterator[Finding]:
    """A warning when traits or segments of these files lack a label in English or Dutch.

    They are shown all the same: under the label of the other language, or their name.
    """
    found = []
    for name, text in files.items():
        document = load(SourceFile(name=name, text=text), Issues())
        data = {} if document is None else document.data
        for section in SECTIONS:
            entries = data.get(section) or {}
            found += [f"{name}: {one}" for one, form in entries.items() if not _labelled(form)]
    if found:
        shown = ", ".join(found[:MOST]) + (", ..." if len(found) > MOST else "")
        yield Finding(
            level="warning",
            code="definitions.label",
            message=Text(
                en=f"{len(found)} of the shop's own definitions have no label in English or Dutch: {shown}",
                nl=f"{len(found)} van de eigen definities hebben geen label in het Nederlands of Engels: {shown}",
            ),
            hint=Text(
                en="write label: {en: ..., nl: ...}; until then the other label or the name is shown",
                nl="schrijf label: {en: ..., nl: ...}; tot dan staat er het andere label of de naam",
            ),
        )


def _labelled(form: object) -> bool:
    label = form.get("label") if isinstance(form, dict) else ""
    return bool(label) and (not isinstance(label, dict) or {"en", "nl"} <= set(label))
