"""Who is who, kept in the store: what an import or a verdict changes, and no more.

Persons are folded under the rules of ``identifiers.yaml``: the order of kinds, limits, values that
are blocked or shared, and how values are written. The store keeps those of the last fold; when they
are others now, the next write folds everything again: the strongest identifier of a message is the
strongest by now, a value that is blocked by now links nobody, a device that is shared by now marks
nobody. The rows that were read under other rules keep the identifier they were read with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from stamgast.identity.bulk import fold_bulk, within
from stamgast.identity.fold import Verdict
from stamgast.identity.normalise import normalise_distinct, shared_values
from stamgast.identity.plain import Plain, plain
from stamgast.identity.resolve_sql import (
    ALL_IDENTIFIERS,
    ALL_LINKS,
    CHANGED,
    MARKS,
    MERGES,
    ORDERED_LINKS,
    PERSON,
    REJECTED,
    RESTATED,
    SHARED_MARKS,
    TOUCHED,
)
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import pyarrow as pa

    from stamgast.identity.bulk import Folded
    from stamgast.identity.fold import BrokenLimit
    from stamgast.identity.kinds import IdentifierKinds
    from stamgast.identity.verdicts import Profiles, Verdicts
    from stamgast.store.database import Database
    from stamgast.store.writing import Verdict as StoredVerdict
    from stamgast.store.writing import WriteSession


RULES = "identity"
"""Under which name the store keeps the rules of the last fold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of it."""

    folded: int = 0
    """Links that were folded (again)."""
    merges: int = 0
    """Merges recorded now, of those folded."""
    rejected: int = 0
    """Identifiers left out, of those folded."""
    broken: tuple[BrokenLimit, ...] = ()
    """Limits that *same* verdicts broke: to warn of."""


class Identity:
    """The identity rules of a shop: its kinds, and the verdicts that stand."""

    def __init__(self, kinds: IdentifierKinds, verdicts: Iterable[StoredVerdict] = ()) -> None:
        """Verdicts: in the order given; those withdrawn are left aside."""
        self.kinds = kinds
        self.verdicts = standing(verdicts)

    @property
    def person_kinds(self) -> tuple[str, ...]:
        """Kinds that tell persons, strongest first."""
        return tuple(kind.name for kind in self.kinds.person)

    @property
    def device_kinds(self) -> tuple[str, ...]:
        """Kinds that tell devices, strongest first."""
        return tuple(kind.name for kind in self.kinds.device)

    def normalise(self, kind: str, texts: Iterable[str]) -> dict[str, str | None]:
        """Each text -> its one way of writing; None: nobody's, or no such identifier."""
        return normalise_distinct(self.kinds[kind], texts)

    def plain(self, kind: str) -> Plain | None:
        """Which texts of a kind are surely normalised as they are; None: no telling by their shape."""
        return plain(self.kinds[kind])

    def shared(self, kind: str) -> frozenset[str]:
        """Normalised values of a device kind that mark nobody."""
        return shared_values(self.kinds[kind])

    def fold(self, links: pa.Table, identifiers: pa.Table) -> Folded:
        """Who is who by all links and the identifiers in them (see ``fold_bulk``)."""
        return fold_bulk(links, identifiers, self.kinds.limits, self.verdicts)

    @property
    def rules(self) -> str:
        """What persons depend on, as text: other text, other persons."""
        blocked = {
            kind.name: [
                sorted(kind.blocked),
                sorted(pattern.pattern for pattern in kind.patterns),
                sorted(kind.allowed),
            ]
            for kind in self.kinds.person
        }
        written = {
            kind.name: [kind.normaliser, kind.country if kind.normaliser == "phone" else ""]
            for kind in self.kinds.kinds
        }
        rules = {
            "limits": self.kinds.limits,
            "blocked": blocked,
            "order": self.person_kinds,
            "written": written,
            "shared": {kind.name: sorted(self.shared(kind.name)) for kind in self.kinds.device},
        }
        return json.dumps(rules, sort_keys=True)

    def folded_under(self, last: str | None) -> bool:
        """Whether a fold under these rules (None: there was none) is one under those of now.

        Rules from before some of them were kept say nothing of those.
        """
        now = json.loads(self.rules)
        return last is None or all(now.get(one) == held for one, held in json.loads(last).items())

    def settle(self, session: WriteSession) -> Settled:
        """Take in the links that the session wrote (``new_link``, ``new_identifier``).

        Only the persons they touch are looked at; the answer is that of folding everything.
        Writes person, merge and rejected_link; nothing without new links. Under other rules than
        those of the last fold everything is folded again.
        """
        if not self.folded_under(session.rules_of(RULES)):
            return self.reconsider(session)
        session.record_rules(RULES, self.rules)
        waited = self._waited(session)
        if waited:
            return self.reconsider(session, waited)
        links = session.db.arrow("SELECT first_seq, identifier_ids FROM new_link")
        if not links.num_rows:
            return Settled()
        touched = session.db.arrow(TOUCHED)
        never = [verdict for verdict in self.verdicts if verdict.kind == "never"]
        folded = fold_bulk(links, touched, self.kinds.limits, never)
        self._register(session, folded, touched)
        if session.db.run(CHANGED):
            session.replace("person", PERSON, order_by=LAKE["person"].order)
        session.write("merge", "SELECT seq, kept_id, joined_id FROM folded_merge")
        session.write(
            "rejected_link", "SELECT seq, identifier_id, from_id, reason FROM folded_rejected"
        )
        self._forget(session)
        return _settled(links, folded)

    def _waited(self, session: WriteSession) -> set[int]:
        """The identifiers of verdicts that come again, after an import was undone."""
        named = sorted({side for verdict in self.verdicts for side in (verdict.a, verdict.b)})
        if not named:
            return set()
        rows = session.db.run(
            "SELECT identifier_id FROM new_identifier WHERE list_contains($ids, identifier_id)",
            {"ids": named},
        )
        return {int(row[0]) for row in rows}

    def reconsider(self, session: WriteSession, changed: Collection[int] | None = None) -> Settled:
        """Fold again, from their first link, the components of some identifiers.

        Args:
            session: a write session; links it wrote are taken in as well, instead of by ``settle``.
            changed: the identifiers of verdicts that were given or withdrawn (``self.verdicts``
                are those that stand now); None: everything, for when kinds or limits changed.
        """
        others = not self.folded_under(session.rules_of(RULES))
        if others:
            changed = None
        session.record_rules(RULES, self.rules)
        seeds = changed
        if changed is not None:
            fresh = session.db.arrow("SELECT unnest(identifier_ids) AS identifier_id FROM new_link")
            seeds = {*changed, *fresh["identifier_id"].to_pylist()}
        links, identifiers = self._log(session.db, again=others)(seeds, self.verdicts)
        folded = self.fold(links, identifiers)
        self._register(session, folded, identifiers)
        session.replace("person", PERSON, order_by=LAKE["person"].order)
        batch = {"batch": session.batch}
        session.replace("merge", MERGES, batch, keep_batch=True)
        session.replace("rejected_link", REJECTED, batch, keep_batch=True)
        if others:
            self._keep_new_rules(session)
        self._forget(session)
        return _settled(links, folded)

    def _keep_new_rules(self, session: WriteSession) -> None:
        """Write links in the order of now, marks without shared devices, and who is another by it."""
        shared = {
            (kind.name, value) for kind in self.kinds.device for value in self.shared(kind.name)
        }
        asked = {
            "kinds": [kind for kind, _ in sorted(shared)],
            "values": [value for _, value in sorted(shared)],
        }
        session.write("restated", RESTATED, asked, order_by=LAKE["restated"].order)
        if session.db.run(f"SELECT 1 FROM ({SHARED_MARKS}) LIMIT 1", asked):  # noqa: S608 - a constant of ours
            session.replace("mark", MARKS, asked, order_by=LAKE["mark"].order, keep_batch=True)
        session.replace(
            "link",
            ORDERED_LINKS,
            {"kinds": list(self.person_kinds)},
            order_by=LAKE["link"].order,
            keep_batch=True,
        )

    def profiles(self, session: WriteSession, ids: Collection[int]) -> Profiles:
        """Who identifiers, and all that hang together with them, would be: a question to ask often."""
        log = self._log(session.db)

        def ask(verdicts: Verdicts) -> dict[int, int]:
            links, identifiers = log(ids, verdicts)
            person = fold_bulk(links, identifiers, self.kinds.limits, verdicts).person
            return dict(
                zip(
                    person["identifier_id"].to_pylist(),
                    person["profile_id"].to_pylist(),
                    strict=True,
                )
            )

        return ask

    def _log(
        self, db: Database, *, again: bool = False
    ) -> Callable[[Collection[int] | None, Iterable[Verdict]], tuple[pa.Table, pa.Table]]:
        """Gives links and identifiers: those of the components of seeds (None: all), unblocked.

        ``again``: the links may be in the order of other rules.
        """
        identifiers = db.arrow(ALL_IDENTIFIERS)
        if again:
            links = db.arrow(ORDERED_LINKS, {"kinds": list(self.person_kinds)})
            links = links.drop_columns(["batch"])
        else:
            links = db.arrow(ALL_LINKS)

        def choose(
            seeds: Collection[int] | None, verdicts: Iterable[Verdict]
        ) -> tuple[pa.Table, pa.Table]:
            if seeds is None:
                chosen, among = links, identifiers
            else:
                chosen, among = within(links, identifiers, seeds, tuple(verdicts))
            return self._unblocked(db, chosen, among), among.drop_columns(["value"])

        return choose

    def _unblocked(self, db: Database, links: pa.Table, identifiers: pa.Table) -> pa.Table:
        """The links without identifiers that are nobody's by now, though they were somebody's."""
        blocked = [
            identifier_id
            for identifier_id, kind, value in zip(
                identifiers["identifier_id"].to_pylist(),
                identifiers["kind"].to_pylist(),
                identifiers["value"].to_pylist(),
                strict=True,
            )
            if (known := self.kinds.by_name.get(kind)) is not None
            and not known.device
            and known.blocks(value)
        ]
        if not blocked:
            return links
        db.register("link_to_clear", links)
        cleared = db.arrow(
            "SELECT first_seq, identifier_ids FROM (SELECT first_seq, list_filter(identifier_ids, "
            "lambda one: NOT list_contains($blocked, one)) AS identifier_ids FROM link_to_clear) "
            "WHERE len(identifier_ids) > 1",
            {"blocked": blocked},
        )
        db.unregister("link_to_clear")
        return cleared

    def _register(self, session: WriteSession, folded: Folded, among: pa.Table) -> None:
        session.db.register("folded_person", folded.person)
        session.db.register("folded_merge", folded.merges)
        session.db.register("folded_rejected", folded.rejected)
        session.db.register("folded_among", among.select(["identifier_id"]))

    def _forget(self, session: WriteSession) -> None:
        for name in ("folded_person", "folded_merge", "folded_rejected", "folded_among"):
            session.db.unregister(name)


def standing(verdicts: Iterable[StoredVerdict]) -> tuple[Verdict, ...]:
    """The verdicts that were not withdrawn, as the fold takes them, in order."""
    return tuple(
        Verdict(kind=cast("Literal['same', 'never']", verdict.kind), a=verdict.a, b=verdict.b)
        for verdict in verdicts
        if verdict.withdrawn_at is None
    )


def _settled(links: pa.Table, folded: Folded) -> Settled:
    return Settled(
        folded=links.num_rows,
        merges=folded.merges.num_rows,
        rejected=folded.rejected.num_rows,
        broken=folded.broken,
    )
