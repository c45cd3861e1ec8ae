"""Grouparoo's rules, read as definitions of ours.

One rule becomes one condition. What differs:

* A property with several values (`purchases`, `purchaseAmounts`, `phoneNumber`, `url`, and `email` in
  the cases "with arrays") is a row per value: one event each. `eq`, `like` and the comparisons then
  mean "some value does", `ne` and `notLike` "no value does", as theirs do.
* `eq` and `ne` of the text `null` are their way to write missing and present.
* `like` is case-sensitive: `%` at the ends becomes starts_with, ends_with, contains. `prefix_%` (the
  prefix and at least one character) is "starts with the prefix and is not the prefix". No other
  pattern is in the cases.
* Relative dates: `gt` with *subtract* is newer_than; `lt` with *add* is within_next (theirs "does not
  include the past" either); `gt` with *add*, further ahead than that, is neither past nor within_next.
  Their records were written just before the rules ran, so we ask a second after their "now": a log-in
  at the very instant would be within_next, its end is in.
* `grouparooId` and `grouparooCreatedAt` are columns of their table of profiles, not properties. A
  condition of ours cannot ask for a profile's id; here an imported attribute `record_id` holds it, in
  their form `rec_...` (the cases name the profile in the place of its id). The creation is the instant
  of a profile's first event.
* The case without rules counts everybody. A segment of ours has at least one condition, none that
  always holds; everybody here has had a record made.

Cannot be expressed: `iLike` and `notILike` (2 cases). No comparison of ours ignores case, since
what equals what then depends on language; text that should is normalised when it is imported.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from making import event, says
from shops import Shop

from stamgast.clock import format_instant, parse_instant

if TYPE_CHECKING:
    from stamgast.model.log import AttributeStatement, Event

Plain: TypeAlias = "dict[str, Any]"

FILE = Path(__file__).parents[1] / "data" / "grouparoo" / "rule_cases.json"
DATA = json.loads(FILE.read_text("utf-8"))
NOW = parse_instant(DATA["now"])
ASKED_AT = NOW + 1_000_000

DECLARED = """
version: 1
events:
  item: {type: text}
  amount: {type: decimal}
  address: {type: text}
attributes:
  user_id: {type: integer}
  first_name: {type: text}
  last_name: {type: text}
  email: {type: text}
  ltv: {type: decimal}
  is_vip: {type: boolean}
  last_login_at: {type: instant}
  record_id: {type: text}
traits:
  record_created_at: {first: occurred_at, of: Record Created}
"""
ATTRIBUTES = {
    "userId": "user_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "ltv": "ltv",
    "isVIP": "is_vip",
    "lastLoginAt": "last_login_at",
    "grouparooId": "record_id",
}
SEVERAL = {
    "purchases": ("Purchased", "item"),
    "purchaseAmounts": ("Purchased", "amount"),
    "phoneNumber": ("Phone Given", "address"),
    "url": ("Page Given", "address"),
}
SEVERAL_EMAILS = ("Email Given", "address")
MORE = {
    "mario": {"phoneNumber": ["+1 412 888 0001"], "url": ["https://nintendo.com"]},
    "luigi": {
        "phoneNumber": ["+1 412 888 0002"],
        "url": ["https://nintendo.com"],
        "email": ["luigi@example.com", "ghostbuster@example.com"],
    },
    "peach": {
        "phoneNumber": ["+1 412 888 0003", "+1 415 644 0001"],
        "url": ["https://nintendo.com", "http://mushroom-kingdom.gov"],
    },
    "toad": {},
}
"""What their test files add to the shared profiles (phone numbers as they keep them: formatted)."""
COMPARISONS = {"gt": "gt", "gte": "gte", "lt": "lt", "lte": "lte"}


class CannotExpress(Exception):  # noqa: N818 - an answer, not an error
    """Why a rule cannot be said in our language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCase:
    """One of their cases: the rules as one condition, and how many profiles match."""

    name: str
    match: str
    rules: list[Plain]
    members: int

    def where(self) -> Plain:
        """Our condition; raises CannotExpress."""
        if not self.rules:
            return {"did": "Record Created"}
        several = dict(SEVERAL)
        if "with arrays" in self.name:
            several["email"] = SEVERAL_EMAILS
        return {self.match: [_condition(rule, several) for rule in self.rules]}


CASES = [
    RuleCase(
        name=case["name"],
        match=step["match"],
        rules=step["rules"],
        members=step["expect_count"],
    )
    for case in DATA["cases"]
    for step in case["steps"]
]


def shop() -> Shop:
    """Their four profiles as a log; profile 1 is the first."""
    events: list[tuple[int, Event]] = []
    attributes: list[tuple[int, AttributeStatement]] = []
    for who, profile in enumerate(DATA["profiles"], start=1):
        name = profile["id"]
        events.append((who, event(f"{name}-created", NOW, name="Record Created")))
        more = MORE[name]
        bought = zip(profile["purchases"], profile["purchaseAmounts"], strict=True)
        for i, (item, amount) in enumerate(bought):
            made = event(f"{name}-{i}", NOW, name="Purchased", item=item, amount=_decimal(amount))
            events.append((who, made))
        emails = more.get("email", [profile["email"]])
        given = [("Phone Given", one) for one in more.get("phoneNumber", [])]
        given += [("Page Given", one) for one in more.get("url", [])]
        given += [("Email Given", one) for one in emails]
        for i, (what, address) in enumerate(given):
            events.append((who, event(f"{name}-g{i}", NOW, name=what, address=address)))
        stated = {ours: profile.get(theirs) for theirs, ours in ATTRIBUTES.items()}
        stated["ltv"] = _decimal(profile["ltv"])
        stated["last_login_at"] = parse_instant(profile["lastLoginAt"])
        stated["record_id"] = f"rec_{name}"
        attributes += [(who, says(ours, value)) for ours, value in stated.items()]
    return Shop(
        profiles=len(DATA["profiles"]),
        orders=(),
        refunds=(),
        events=tuple(events),
        attributes=tuple(attributes),
    )


def _decimal(number: float) -> int:
    return round(number * 10_000)


def _condition(rule: Plain, several: dict[str, tuple[str, str]]) -> Plain:
    op = rule["operation"]["op"]
    if rule.get("match") == "null":
        op = {"eq": "notExists", "ne": "exists"}[op]
    if rule["key"] in several:
        return _of_several(rule, op, *several[rule["key"]])
    subject = {"attribute": ATTRIBUTES.get(rule["key"])}
    if rule["key"] == "grouparooCreatedAt":
        subject = {"trait": "record_created_at"}
    if op in ("exists", "notExists"):
        return {**subject, "present": op == "exists"}
    if "relativeMatchNumber" in rule:
        return _relative(rule, op, subject)
    tests = [{**subject, **test} for test in _tests(op, _value(rule))]
    return tests[0] if len(tests) == 1 else {"all": tests}


def _of_several(rule: Plain, op: str, what: str, column: str) -> Plain:
    """A condition on the rows, one per value: some value does, or none does."""
    if op in ("exists", "notExists"):
        some: Plain = {"did": what}
    else:
        positive = {"ne": "eq", "notLike": "like", "notILike": "iLike"}.get(op, op)
        tests = [{column: test} for test in _tests(positive, rule["match"])]
        some = {"did": what, "where": tests[0] if len(tests) == 1 else {"all": tests}}
    return {"not": some} if op in ("notExists", "ne", "notLike", "notILike") else some


def _value(rule: Plain) -> Any:  # noqa: ANN401 - text, number or boolean
    if rule["key"] in ("lastLoginAt", "grouparooCreatedAt"):
        return format_instant(rule["match"] * 1000)
    if rule["key"] == "grouparooId" and rule["operation"]["op"] == "eq":
        return f"rec_{rule['match']}"
    return rule["match"]


def _tests(op: str, value: Any) -> list[Plain]:  # noqa: ANN401 - text, number or boolean
    if op == "like":
        return _like(value)
    if op == "iLike":
        return [{**test, "ignore_case": True} for test in _like(value)]
    return [{{"eq": "is", "ne": "is_not"}.get(op) or COMPARISONS[op]: value}]


def _like(pattern: str) -> list[Plain]:
    inner = pattern.strip("%")
    if pattern.endswith("_%") and "%" not in pattern[:-1]:
        prefix = pattern[:-2]
        return [{"starts_with": prefix}, {"is_not": prefix}]
    if "%" in inner or "_" in inner:
        raise CannotExpress(f"the pattern {pattern!r}")
    match pattern.startswith("%"), pattern.endswith("%"):
        case True, True:
            return [{"contains": inner}]
        case True, False:
            return [{"ends_with": inner}]
        case False, True:
            return [{"starts_with": inner}]
        case _:
            return [{"is": inner}]


def _relative(rule: Plain, op: str, subject: Plain) -> Plain:
    assert rule["relativeMatchUnit"] == "days"
    span = f"{rule['relativeMatchNumber']}d"
    match op, rule["relativeMatchDirection"]:
        case "gt", "subtract":
            return {**subject, "newer_than": span}
        case "lt", "add":
            return {**subject, "within_next": span}
        case "gt", "add":
            ahead = {
                "not": {"any": [{**subject, "older_than": "0s"}, {**subject, "within_next": span}]}
            }
            return {"all": [{**subject, "present": True}, ahead]}
        case _:
            raise CannotExpress(f"{op} {rule['relativeMatchDirection']}")
