"""The gate: whether one may reach a profile over a channel for a purpose, and why not.

A pure function of what is known of the profile at an instant; every export for a channel goes through
it. The first reason that stands in the way is given: who wants no contact, whom a label leaves out, an
address that is suppressed or missing, then consent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.language.ast import Treatment
    from stamgast.model.log import ConsentStatement, Instant

Code: TypeAlias = Literal[
    "granted",
    "soft_opt_in",
    "do_not_contact",
    "excluded",
    "suppressed",
    "no_address",
    "withdrawn",
    "no_customer",
    "other_products",
    "no_consent",
]

DO_NOT_CONTACT = "do_not_contact"
"""The extension that beats all."""

NEEDS_ADDRESS = frozenset({"email", "phone", "sms", "post"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the gate must know of a profile."""

    consents: Sequence[ConsentStatement] = ()
    carried: Mapping[str, Treatment] = field(default_factory=dict)
    """Extension -> its treatment, of those that it carries."""
    addresses: Sequence[str] = ()
    """Its addresses on the channel, the one to use first; of post: one text if it has one."""
    customer: bool = False
    """Whether it bought something: a soft opt-in rests on that."""
    suppressed: frozenset[str] = frozenset()
    """Addresses that are not to be used: bounced, complained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody wants to do."""

    channel: str
    purpose: str = "marketing"
    own_products: bool = True
    """Whether it is about own, similar products: all that a soft opt-in covers."""
    campaign: bool = True
    """Whether its purpose is a campaign: a label that leaves out of campaigns leaves out of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Yes or no, with the reason. ``address``: which one may be used; ``label``: which extension says no."""

    yes: bool
    code: Code
    address: str | None = None
    label: str = ""

    @property
    def reason(self) -> str:
        """The reason as a key that reports count by: ``excluded:employee``, ``withdrawn``."""
        return f"{self.code}:{self.label}" if self.label else self.code


def may(facts: Facts, question: Question, t: Instant) -> Decision:
    """Whether a profile may be reached; on several addresses the first that is agreed to.

    Order: do_not_contact, the treatment of labels (what they take in is no matter here: an exclusion
    beats it, and it takes nobody in against consent), no address, suppression, consent per address.
    Unknown is no.

    >>> may(Facts(addresses=["a@b.nl"]), Question(channel="email"), 0).reason
    'no_consent'
    """
    held = _held(facts, question)
    if held is not None:
        return held
    addresses: Sequence[str | None] = facts.addresses
    if not addresses:
        if question.channel in NEEDS_ADDRESS:
            return Decision(yes=False, code="no_address")
        addresses = [None]
    usable = [one for one in addresses if one not in facts.suppressed]
    if not usable:
        return Decision(yes=False, code="suppressed")
    found = [_of_address(facts, question, address, t) for address in usable]
    return next((one for one in found if one.yes), found[0])


def _held(facts: Facts, question: Question) -> Decision | None:
    """A no that labels say."""
    if DO_NOT_CONTACT in facts.carried:
        return Decision(yes=False, code="do_not_contact")
    scopes = {question.channel, *(("phone",) if question.channel == "sms" else ())}
    if question.campaign:
        scopes.add("campaigns")
    by_priority = sorted(facts.carried.items(), key=lambda one: (-one[1].priority, one[0]))
    for name, treatment in by_priority:
        if scopes & set(treatment.exclude_from):
            return Decision(yes=False, code="excluded", label=name)
    return None


def _of_address(facts: Facts, question: Question, address: str | None, t: Instant) -> Decision:
    word = _latest(facts.consents, question, address, t)
    yes, code = False, "no_consent"
    if word is not None and word.state == "soft_opt_in":
        yes = facts.customer and question.own_products
        code = "no_customer" if not facts.customer else "other_products"
        code = "soft_opt_in" if yes else code
    elif word is not None:
        yes, code = word.state == "granted", word.state
    return Decision(yes=yes, code=cast("Code", code), address=address)


def _latest(
    consents: Sequence[ConsentStatement], question: Question, address: str | None, t: Instant
) -> ConsentStatement | None:
    """The latest word for an address, or for whatever address, by (at, received_at, seq).

    Without an address (ads, app, web): a word for any address; of several addresses the last word.
    """
    come = [
        one
        for one in consents
        if (one.purpose, one.channel) == (question.purpose, question.channel)
        and (address is None or one.address is None or one.address == address)
        and (one.at is None or one.at <= t)
    ]
    return max(
        come,
        key=lambda one: (one.at is not None, one.at or 0, one.received_at, one.seq),
        default=None,
    )
