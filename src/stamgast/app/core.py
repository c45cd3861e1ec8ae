"""What the parts of a ``Shop`` share: settings, definitions, and one reader with its engine."""

from __future__ import annotations

import json
from contextlib import contextmanager
from copy import copy
from dataclasses import asdict, replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib import metadata
from typing import TYPE_CHECKING, NoReturn

from stamgast import settings as settings_table
from stamgast.app import folder as folders
from stamgast.app.scratch import clear, held
from stamgast.app.widened import widened
from stamgast.errors import UserError, did_you_mean
from stamgast.identity.kinds import read_kinds
from stamgast.identity.normalise import normalise
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.sql.statistics import statistics_of
from stamgast.language.types import Type
from stamgast.retail import NO_DEFINITIONS, shipped_files
from stamgast.store.books import last_refresh
from stamgast.store.engine import DuckEngine
from stamgast.store.reading import Vocabulary
from stamgast.store.sample import Sample
from stamgast.store.shop import ShopStore
from stamgast.store.standings import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from stamgast.clock import Clock
    from stamgast.identity.kinds import IdentifierKinds
    from stamgast.language.ast import Definitions, Segment, Trait
    from stamgast.model.log import Instant
    from stamgast.settings import Settings
    from stamgast.store.files import LakeFile
    from stamgast.store.reading import Reader

SETTINGS = "settings"
"""Among the applied files: what the settings said about the meaning of definitions, as JSON."""
STAGE = "stage"
"""The name under which engines answer the lifecycle."""
MOST_WIDE = 8
"""So many engines that know some traits more are kept."""


class Core:
    """One open shop. Answers are of the data as it is when they are asked.

    Within ``snapshot`` all that is asked is of one commit and one reading of the definitions.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Folder: the shop's. Raises UserError ``store.missing``, ``settings.invalid``."""
        folders.check(folder)
        self.folder = folder
        self.clock = clock
        self.settings: Settings = settings_table.load(folder)
        self.store = self._store()
        self._reader: Reader | None = None
        self._engine: DuckEngine | None = None
        self._wider: dict[int, tuple[Reader, DuckEngine]] = {}
        self._sample: tuple[Reader, Sample] | None = None
        self._definitions: tuple[object, Definitions, dict[str, str]] | None = None
        self._depth = 0
        self._pinned: int | None = None
        """Within a snapshot, once the reader is chosen: the store's ``writes`` then."""
        self._read_once = False
        self._given = False
        self._kept: frozenset[tuple[str, str]] = frozenset()
        """What of the reader's own, or of who asked no snapshot, stays when a question is answered."""

    def _store(self) -> ShopStore:
        return ShopStore(
            self.folder,
            self.settings.zone,
            clock=self.clock,
            memory_limit=self.settings.memory_limit or None,
            threads=self.settings.threads or None,
        )

    def set(self, values: Mapping[str, str], *, note: str = "") -> None:
        """Write settings, with a note beside each, and go on with them."""
        settings_table.write(self.folder, values, note=note)
        self.reload()

    def reload(self) -> None:
        """Go on with the settings as the file has them now."""
        self.close()
        self.settings = settings_table.load(self.folder)
        self.store = self._store()
        self._definitions = None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is asked inside is of one commit, whoever writes meanwhile; it may be nested.

        Not of what this shop writes itself: a write that begins or ends inside is seen at once.
        """
        if not self._depth:
            self._pinned, self._read_once = None, False
            if self._reader is not None:
                self._kept = held(self._reader.db)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if not self._depth and self._reader is not None:
            clear(self._reader.db, self._kept)

    def close(self) -> None:
        """Give back what the reader holds."""
        if self._reader is not None:
            self._reader.close()
        self._reader = self._engine = self._sample = None
        self._wider.clear()

    # --- definitions ------------------------------------------------------------------------------

    @property
    def definitions(self) -> Definitions:
        """Shipped and own definitions; read again when a file has changed.

        Raises ``InvalidDefinitions`` with every issue.
        """
        return self._read()[0]

    @property
    def definition_files(self) -> dict[str, str]:
        """Name -> text of the shop's own definition files."""
        return self._read()[1]

    @property
    def files(self) -> list[SourceFile]:
        """The definition files, shipped ones first."""
        return _with_shipped(self._read()[1])

    def _read(self) -> tuple[Definitions, dict[str, str]]:
        if self._definitions is not None and (self._given or (self._depth and self._read_once)):
            return self._definitions[1], self._definitions[2]
        own = self._own_files()
        mark = tuple(own.items())
        if self._definitions is None or self._definitions[0] != mark:
            read = read_definitions(_with_shipped(own), settings=self.language_settings)
            self._definitions = (mark, read, own)
            self.close()
        self._read_once = True
        return self._definitions[1], self._definitions[2]

    @property
    def language_settings(self) -> LanguageSettings:
        """What the settings say about the meaning of definitions."""
        return LanguageSettings(
            zone=self.settings.zone,
            currency=self.settings.currency,
            country=self.settings.country,
            lifecycle_model=self.settings.lifecycle_model,
            history_from=self.settings.history_from,
            renewals_are_purchases=self.settings.renewals_are_purchases == "yes",
        )

    def to_apply(self) -> dict[str, str]:
        """Name -> text of all that says what definitions mean, the settings among it."""
        return {
            **{file.name: file.text for file in shipped_files()},
            **self.definition_files,
            SETTINGS: json.dumps(asdict(self.language_settings), sort_keys=True),
        }

    def meaning(self) -> str:
        """A fingerprint of all that the shop's figures rest on beside the data.

        The definitions with the settings, the kinds of identifiers, and the release that reads them.
        """
        kinds = [[one.name for one in some] for some in (self.kinds.person, self.kinds.device)]
        said = json.dumps([_version(), self.to_apply(), kinds], sort_keys=True)
        return sha256(said.encode()).hexdigest()

    def _own_files(self) -> dict[str, str]:
        folder = self.folder / folders.DEFINITIONS
        found = {}
        for path in sorted([*folder.glob("**/*.yaml"), *folder.glob("**/*.yml")]):
            if path.name == folders.IDENTIFIERS or path.name in NO_DEFINITIONS:
                continue
            name = path.relative_to(self.folder).as_posix()
            try:
                found[name] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(
                    "definitions.unreadable",
                    f"cannot be read: {error}",
                    where=str(path),
                    hint="definition files are text in UTF-8",
                ) from error
        return found

    def named_segment(self, name: str) -> Segment:
        """The segment. Raises UserError ``segment.unknown`` with the nearest name."""
        found = self.definitions.segments.get(name)
        return found or _unknown("segment", name, self.definitions.segments)

    def named_trait(self, name: str) -> Trait:
        """The trait. Raises UserError ``trait.unknown`` with the nearest name."""
        found = self.definitions.traits.get(name)
        return found or _unknown("trait", name, self.definitions.traits)

    @property
    def kinds(self) -> IdentifierKinds:
        """The identifier kinds: shipped, changed by the shop's ``definitions/identifiers.yaml``."""
        return self.kinds_for(self.settings.country)

    def kinds_for(self, country: str) -> IdentifierKinds:
        """The identifier kinds, with telephone numbers of that country."""
        path = self.folder / folders.DEFINITIONS / folders.IDENTIFIERS
        text = path.read_text(encoding="utf-8") if path.is_file() else None
        return _kinds(text, country)

    @property
    def stored(self) -> Callable[[str, str], str | None]:
        """Kind and value -> the value as the log has it; None: it cannot be one of that kind."""
        kinds = self.kinds

        def stored(kind: str, value: str) -> str | None:
            known = kinds.by_name.get(kind)
            return normalise(known, value) if known else value

        return stored

    def profile(self, text: str) -> int:
        """The profile that is meant. Raises UserError ``profile.unknown``, ``profile.ambiguous``."""
        return self.reader.find_profile(text, self.stored)

    # --- data -------------------------------------------------------------------------------------

    @property
    def reader(self) -> Reader:
        """The data of the last commit; within a snapshot of the one that was the last at first use."""
        if self._reader is not None and self._stands():
            return self._reader
        definitions = self.definitions
        if self._reader is None or self._reader.data_version != self.store.version():
            self.close()
            self._reader = self._new_reader(definitions)
            self._kept = held(self._reader.db)
        self._pinned = self.store.writes
        return self._reader

    def _stands(self) -> bool:
        return self._given or (self._depth > 0 and self._pinned == self.store.writes)

    def reading_files(self, files: tuple[LakeFile, ...]) -> Reader:
        """A reader of other files than the catalogue lists; its owner closes it."""
        return self._new_reader(self.definitions, files)

    def on(self, reader: Reader, definitions: Definitions | None = None) -> Core:
        """A copy that answers from this reader only, which its owner closes.

        ``definitions``: others than those of the files.
        """
        other = copy(self)
        other._look_at(reader)  # noqa: SLF001 - of its own class
        if definitions is not None:
            other._definitions = (None, definitions, self.definition_files)  # noqa: SLF001 - as above
        return other

    def _look_at(self, reader: Reader) -> None:
        self._reader, self._engine, self._given = reader, None, True
        self._wider, self._kept, self._sample = {}, held(reader.db), None

    def _new_reader(
        self, definitions: Definitions, files: tuple[LakeFile, ...] | None = None
    ) -> Reader:
        return self.store.reading(
            Vocabulary(
                event_properties=definitions.event_properties,
                attributes=definitions.attributes,
                attribute_sources=definitions.attribute_sources,
                extensions={
                    one.name: one.type or Type.TEXT for one in definitions.extensions.values()
                },
                person_kinds=tuple(kind.name for kind in self.kinds.person),
                device_kinds=tuple(kind.name for kind in self.kinds.device),
                renewals_are_purchases=definitions.renewals_are_purchases,
            ),
            files,
        )

    @property
    def engine(self) -> DuckEngine:
        """The engine on the reader's data."""
        reader = self.reader
        if self._engine is None:
            self._engine = self.engine_for(self.definitions)
            self._recall(reader, self._engine)
        return self._engine if reader is self._reader else self.engine

    def _recall(self, reader: Reader, engine: DuckEngine) -> None:
        """Shop statistics that the last refresh kept, if nothing was said since: they are the same."""
        if self._given:
            return
        last = last_refresh(self.store, reader.data_version)
        if last is None or not last.statistics:
            return
        said = max((file.batch for file in reader.files), default=0)
        if said <= last.batch and last.statistics.get("meaning") == self.meaning():
            needs = statistics_of(self.definitions.segments, self.definitions)
            engine.know(last.statistics["midnight"], kept(reader.db, needs, last.statistics))

    def engine_for(self, definitions: Definitions, *, like: DuckEngine | None = None) -> DuckEngine:
        """An engine on the reader's data that knows other definitions.

        ``like``: one that shares its shop statistics (see there).
        """
        reader = self.reader
        return DuckEngine(
            reader.db,
            definitions,
            has_ahead=reader.has_ahead,
            shortcuts=reader.shortcuts,
            like=like,
        )

    @property
    def sample(self) -> Sample:
        """Some of the reader's profiles, for answers that may be rough; chosen at first use."""
        reader = self.reader
        if self._sample is None or self._sample[0] is not reader:
            self._sample = (reader, Sample(reader.db, reader.shortcuts))
        return self._sample[1]

    def with_traits(self, traits: Iterable[Trait]) -> DuckEngine:
        """An engine that knows some traits more; the same one for the same traits of the same data."""
        reader, before, more = self.reader, self.definitions, tuple(traits)
        known = widened(
            before,
            tuple(map(id, more)),
            more,
            lambda: replace(before, traits={**before.traits, **{one.name: one for one in more}}),
        )
        kept = self._wider.get(id(known))
        if kept is None or kept[0] is not reader:
            while len(self._wider) >= MOST_WIDE:
                self._wider.pop(next(iter(self._wider)))[1].drop_statistics()
            # an engine keeps its definitions, so that no others can be where these are
            kept = self._wider[id(known)] = (reader, self.engine_for(known))
        return kept[1]

    def answers(
        self, names: Sequence[str], t: Instant, profiles: Sequence[int] | None = None
    ) -> pa.Table:
        """``profile_id``, ``exists`` and per name its value and ``<name>__until``."""
        return self.engine.answers(names, t, profiles)


def _with_shipped(own: Mapping[str, str]) -> list[SourceFile]:
    mine = (SourceFile(name=name, text=text, shipped=False) for name, text in own.items())
    return [*shipped_files(), *mine]


@cache
def _version() -> str:
    return metadata.version("stamgast")


@lru_cache(maxsize=4)
def _kinds(text: str | None, country: str) -> IdentifierKinds:
    return read_kinds(text, country=country)


def named_by_label(label: str, known: Mapping[str, Segment | Trait]) -> str:
    """A hint with the name of what is labelled so, in either language; empty: nothing is."""
    wanted = label.casefold()
    for name, one in known.items():
        if wanted in (one.label.en.casefold(), one.label.nl.casefold()):
            return f"its name is `{name}`"
    return ""


def _unknown(what: str, name: str, known: Mapping[str, Segment | Trait]) -> NoReturn:
    hint = named_by_label(name, known) or did_you_mean(name, known)
    hint = hint or f"known are {', '.join(sorted(known))}"
    raise UserError(f"{what}.unknown", f"there is no {what} {name!r}", hint=hint)
