"""``shop.identity``: who is who by a person's hand, and why somebody is one person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast.app.finding import Finder
from stamgast.app.identity_answers import Decision, Dossier, Known, Source
from stamgast.app.persons import persons_now
from stamgast.app.snapshot import of_one_snapshot
from stamgast.errors import UserError
from stamgast.identity import verdicts as verdict_rules
from stamgast.identity.evidence import joined_by
from stamgast.identity.fold import Link
from stamgast.identity.resolve import RULES, Identity, standing
from stamgast.language.ast import Text
from stamgast.store import recording
from stamgast.store.books import batches
from stamgast.store.doctor import Finding
from stamgast.store.evidence import Evidence
from stamgast.store.lake import LAKE
from stamgast.store.writing import ImportRecord, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stamgast.app.core import Core
    from stamgast.app.persons import PersonNow
    from stamgast.identity.evidence import Joined
    from stamgast.identity.fold import BrokenLimit
    from stamgast.identity.verdicts import Profiles, Verdicts
    from stamgast.store.books import BatchOnRecord
    from stamgast.store.people import Identifier
    from stamgast.store.writing import WriteSession

    Change = Callable[[Verdicts, Profiles], Verdicts]


@of_one_snapshot
class IdentityDesk:
    """Merge, un-merge, never: a person's word on who is who, and why the data says what it says."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    # --- looking ----------------------------------------------------------------------------------

    def show(self, customer: str | int) -> Dossier:
        """Its identifiers and what joined each, links left out, merges and verdicts.

        ``customer``: whatever ``Finder.one`` finds, or a profile id, old or new. Raises UserError
        ``profile.unknown``, ``profile.ambiguous`` and ``profile.several``.
        """
        core = self._core
        profile = customer if isinstance(customer, int) else Finder(core).one(customer)
        people = core.reader.people
        members = [
            one for one in people.identifiers(profile) if one.kind not in self._device_kinds()
        ]
        ids = {one.id for one in members}
        evidence = Evidence(core.reader, ids)
        verdicts = tuple(v for v in core.store.verdicts() if {v.a, v.b} & ids)
        links = evidence.links()
        left_out, merges = evidence.left_out(), evidence.merges()
        joins = (
            joined_by(
                ids,
                [Link(seq=seq, ids=tuple(found)) for seq, found, _ in links],
                verdicts,
                {(one.seq, one.identifier.id) for one in left_out},
            )
            if ids
            else {}
        )
        first = evidence.first_seen()
        sources = _Sources(
            batches(core.store, "import"),
            {seq: batch for seq, _, batch in links} | dict(first.values()),
            evidence.messages([*(seq for seq, _ in first.values()), *(seq for seq, _, _ in links)]),
            verdicts,
        )
        names = self._names({one for v in verdicts for one in (v.a, v.b)} | ids)
        return Dossier(
            profile_id=profile,
            identifiers=tuple(
                _known(one, first[one.id][0], joins.get(one.id), sources, names) for one in members
            ),
            devices=tuple(evidence.devices()),
            left_out=tuple((one, sources.of(one.seq)) for one in left_out),
            merges=tuple((one, sources.of(one.seq)) for one in merges),
            verdicts=verdicts,
            names=names,
        )

    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict ever given, in order; those that stand have no ``withdrawn_at``."""
        return self._core.store.verdicts()

    def verdict_names(self) -> dict[int, Identifier]:
        """Every identifier that a verdict names."""
        return self._names({side for one in self.verdicts() for side in (one.a, one.b)})

    # --- deciding ---------------------------------------------------------------------------------

    def merge(self, a: str, b: str, *, by: str, confirmed: bool = True) -> Decision:
        """Say that A and B are one person, also against a limit (then there is a warning).

        Not ``confirmed``: what that would do; all stays as it is. Raises UserError ``profile.unknown``, ``profile.ambiguous``, ``identity.device``,
        ``identity.one_identifier`` and ``identity.kept_apart``; then nothing changed.
        """
        one, two = self._pair(a, b)
        people = self._core.reader.people
        ranks = {kind.name: kind.rank for kind in self._core.kinds.kinds}
        persons = [
            [
                found.id
                for found in sorted(
                    members, key=lambda found: (ranks.get(found.kind, 99), found.id)
                )
            ]
            for members in (people.by_ids(self._members([side])) for side in (one, two))
        ]

        texts = {**dict.fromkeys(persons[1], b), **dict.fromkeys(persons[0], a), two: b, one: a}
        named = _as_typed(texts)

        def change(known: Verdicts, profiles: Profiles) -> Verdicts:
            if one == two:
                verdict_rules.check_two(one, two, named)
            if persons[0][0] == persons[1][0]:
                return known
            return verdict_rules.merge_persons(known, *persons, profiles=profiles, named=named)

        return self._decide(one, two, by, change, confirmed=confirmed)

    def unmerge(self, a: str, b: str, *, by: str, confirmed: bool = True) -> Decision:
        """Take A and B apart: withdraw the verdict that joined them, else set *never*.

        Not ``confirmed``: what that would do; all stays as it is. Raises UserError as ``merge``, and ``identity.not_merged``.
        """
        one, two = self._pair(a, b)
        acts: dict[int, list[Verdict]] = {}
        for verdict in self.verdicts():
            if verdict.kind == "same" and verdict.withdrawn_at is None:
                acts.setdefault(verdict.at, []).append(verdict)
        exact = [at for at, found in acts.items() if {one, two} in [{v.a, v.b} for v in found]]
        latest = [*exact, *sorted(acts.keys() - set(exact), reverse=True)]

        def change(known: Verdicts, profiles: Profiles) -> Verdicts:
            def together(verdicts: Verdicts) -> bool:
                profile_of = profiles(verdicts)
                return profile_of.get(one, one) == profile_of.get(two, two)

            return verdict_rules.unmerge(
                known,
                one,
                two,
                together=together,
                acts=[standing(acts[at]) for at in latest],
                named=_as_typed({two: b, one: a}),
            )

        return self._decide(one, two, by, change, confirmed=confirmed)

    def never(self, a: str, b: str, *, by: str, confirmed: bool = True) -> Decision:
        """Say that A and B are two persons, whatever the data says now or later.

        Not ``confirmed``: what that would do; all stays as it is. Raises UserError as ``merge``, and
        ``identity.merged_by_hand``.
        """
        one, two = self._pair(a, b)

        def change(known: Verdicts, _: Profiles) -> Verdicts:
            return verdict_rules.never(known, one, two, _as_typed({two: b, one: a}))

        return self._decide(one, two, by, change, confirmed=confirmed)

    def withdraw(self, verdict_id: int, *, by: str, confirmed: bool = True) -> Decision:
        """Take a verdict back: everything is as if it had never been given.

        Not ``confirmed``: what that would do; all stays as it is.
        Raises UserError ``identity.no_verdict`` when it does not stand.
        """
        found = next((v for v in self._core.store.verdicts() if v.id == verdict_id), None)
        if found is None or found.withdrawn_at is not None:
            raise UserError(
                "identity.no_verdict",
                f"no verdict {verdict_id} stands",
                hint="`stamgast identity show` gives the verdicts about a customer",
            )
        [gone] = standing([found])

        def change(known: Verdicts, _: Profiles) -> Verdicts:
            return verdict_rules.withdraw(known, gone)

        return self._decide(found.a, found.b, by, change, confirmed=confirmed)

    def _pair(self, a: str, b: str) -> tuple[int, int]:
        stored = self._core.stored
        found = [self._core.reader.people.identifier(text, stored) for text in (a, b)]
        for text, one in zip((a, b), found, strict=True):
            if one.kind in self._device_kinds():
                raise UserError(
                    "identity.device",
                    f"{text!r} is a device; it is whose messages mark it",
                    hint="name a customer number, card, e-mail address or phone; a device that "
                    "several people use can be declared shared in definitions/identifiers.yaml",
                )
        return found[0].id, found[1].id

    def _device_kinds(self) -> frozenset[str]:
        return frozenset(kind.name for kind in self._core.kinds.device)

    def _names(self, ids: Iterable[int]) -> dict[int, Identifier]:
        known = sorted(ids)
        # of nobody nothing is opened: not the definitions, not the lake
        found = self._core.reader.people.by_ids(known) if known else ()
        return {one.id: one for one in found}

    def _members(self, ids: Iterable[int]) -> list[int]:
        """Every identifier of the persons of these."""
        people = self._core.reader.people
        return [member for one in ids for member in people.persons_of(people.first_owner(one))]

    def _decide(self, a: int, b: int, by: str, change: Change, *, confirmed: bool) -> Decision:
        core = self._core
        members = self._members((a, b))
        persons_before = _persons(core, (a, b, *members))
        with core.store.writing("verdict") as session:
            stored = core.store.verdicts()
            before = Identity(core.kinds, stored)
            after = change(before.verdicts, before.profiles(session, {a, b, *members}))
            given = [
                Verdict(kind=v.kind, a=v.a, b=v.b, by=by, at=session.now)
                for v in after
                if v not in before.verdicts
            ]
            withdrawn = [
                replace(v, withdrawn_at=session.now)
                for v in stored
                if v.withdrawn_at is None and standing([v])[0] not in after
            ]
            broken: tuple[BrokenLimit, ...] = ()
            persons = persons_before
            if given or withdrawn:
                broken = _settle(session, core, after, [*given, *withdrawn])
                if confirmed:
                    session.commit(ImportRecord(counts={"verdicts": len(given) + len(withdrawn)}))
                else:
                    with core.reading_files(session.as_files()) as reader:
                        persons = _persons(core.on(reader), (a, b, *members))
        if confirmed:
            persons = _persons(core, (a, b, *members))
        fresh = {(v.a, v.b) for v in given}
        known = core.store.verdicts()
        return Decision(
            done=confirmed,
            given=tuple(known[len(stored) :] if confirmed and given else given),
            withdrawn=tuple(withdrawn),
            before=persons_before,
            after=persons,
            broken=tuple(one for one in broken if (one.verdict.a, one.verdict.b) in fresh),
            names=self._names({a, b, *(s for v in (*given, *withdrawn) for s in (v.a, v.b))}),
        )


def _persons(core: Core, ids: Iterable[int]) -> tuple[PersonNow, ...]:
    """Who these identifiers are of."""
    people = core.reader.people
    return persons_now(core, [*dict.fromkeys(people.first_owner(one) for one in ids)])


def _as_typed(texts: Mapping[int, str]) -> Callable[[int], str]:
    """How errors name identifiers: as the person who asked did."""
    return lambda one: texts.get(one, str(one))


def _settle(
    session: WriteSession, core: Core, verdicts: Verdicts, changed: list[Verdict]
) -> tuple[BrokenLimit, ...]:
    """Fold anew under these verdicts, and note what changed of them."""
    ids = {side for verdict in changed for side in (verdict.a, verdict.b)}
    for verdict in changed:
        session.add_verdict(verdict)
    identity = Identity(core.kinds)
    identity.verdicts = verdicts
    broken = identity.reconsider(session, ids).broken
    session.write("restated", _RESTATED, {"ids": sorted(ids)}, order_by=LAKE["restated"].order)
    return broken


_RESTATED = """
    WITH person AS (
        SELECT identifier_id, profile_id FROM lake_person
        UNION SELECT identifier_id, profile_id FROM new_person),
    whole AS (
        SELECT unnest($ids::BIGINT[]) AS identity_id
        UNION SELECT profile_id FROM person WHERE list_contains($ids::BIGINT[], identifier_id))
    SELECT identity_id FROM whole
    UNION SELECT p.identifier_id FROM person AS p JOIN whole AS w ON w.identity_id = p.profile_id
    """
"""Every identifier of the persons that a and b were of, or are of now."""


class _Sources:
    """What stands at a position in the log, and which import brought it."""

    def __init__(
        self,
        imports: tuple[BatchOnRecord, ...],
        batch_of: dict[int, int],
        messages: dict[int, tuple[str, str]],
        verdicts: tuple[Verdict, ...],
    ) -> None:
        self._imports = {one.batch: one for one in imports}
        self._batch_of = batch_of
        self._messages = messages
        self._verdicts = {verdict.id: verdict for verdict in verdicts}

    def of(self, seq: int | None) -> Source | None:
        batch = None if seq is None else self._batch_of.get(seq)
        if seq is None or batch is None:
            return None
        known = self._imports.get(batch)
        return Source(
            batch=batch,
            source="" if known is None else known.source,
            files=() if known is None else known.files,
            at=None if known is None else known.ended_at,
            message=self._messages.get(seq),
        )

    def joined(self, one: Joined) -> Source | None:
        if one.seq is None:
            verdict = self._verdicts[one.verdict_id]
            return Source(verdict=verdict, at=verdict.at)
        return self.of(one.seq)


def _known(
    identifier: Identifier,
    first_seq: int,
    join: Joined | None,
    sources: _Sources,
    names: dict[int, Identifier],
) -> Known:
    return Known(
        identifier=identifier,
        first_seen=sources.of(first_seq),
        joined_to=None if join is None else names[join.to_id],
        joined_by=None if join is None else sources.joined(join),
    )


def rules_finding(core: Core) -> tuple[Finding, ...]:
    """For ``doctor``: whether the rules of identifiers are those under which persons were folded."""
    last = recording.rules_of(core.store.catalogue, RULES)
    if Identity(core.kinds).folded_under(last):
        return ()
    return (
        Finding(
            level="warning",
            code="identity.rules",
            message=Text(
                en="the rules of identifiers (order, limits, blocked or shared values, way of writing) "
                "have changed since persons were last folded",
                nl="de regels van identificaties (volgorde, limieten, geblokkeerde of gedeelde waarden, "
                "schrijfwijze) zijn veranderd sinds personen voor het laatst zijn samengevoegd",
            ),
            hint=Text(
                en="the next import or verdict folds everything again; rows stay with the identifier "
                "they were read with: to read them by the rules of now, undo their import and import "
                "them again",
                nl="de volgende import of het volgende oordeel voegt alles opnieuw samen; rijen blijven "
                "bij de identificatie waarmee ze zijn gelezen: maak hun import ongedaan en importeer ze "
                "opnieuw om ze volgens de regels van nu te lezen",
            ),
        ),
    )
