"""The commands there are, without loading any."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("stamgast.cli.setup:init", "Make a shop folder."),
    "demo": ("stamgast.cli.demo:demo", "See it work on a made-up shop and a real one, in new folders."),
    "generate": ("stamgast.cli.generate:generate", "Make up a shop of any size, to try things out on."),
    "mapping": ("stamgast.cli.mapping:mapping", "Which column of a file is what: suggested, and tried first."),
    "ingest": ("stamgast.cli.imports:ingest", "Read files into the shop; list and undo imports."),
    "quarantine": ("stamgast.cli.quarantine:quarantine", "Rows that could not be understood: see, mend or leave them."),
    "quality": ("stamgast.cli.quality:quality", "Whether the data can be trusted: what is missing, doubled or odd."),
    "refresh": ("stamgast.cli.data:refresh", "Record who is in which stage and segment, and since when."),
    "lifecycle": ("stamgast.cli.lifecycle:lifecycle", "Customers per lifecycle stage, and who moved."),
    "segment": ("stamgast.cli.segment:segment", "List, count, show and explain segments."),
    "insight": ("stamgast.cli.insight:insight", "What the figures say: overlap, best buyers, cohorts, returns, coupons."),
    "figures": ("stamgast.cli.insight:figures", "Orders and revenue per month, beside the shop's own totals."),
    "customer": ("stamgast.cli.customer:customer", "One customer: who it is and what happened."),
    "note": ("stamgast.cli.note:note", "What people of the shop wrote about a customer."),
    "identity": ("stamgast.cli.identity:identity", "Who is who: why, and by hand."),
    "extension": ("stamgast.cli.labels:extension", "Labels on customers: give, take, import, complete."),
    "consent": ("stamgast.cli.consent:consent", "What people agreed to, per purpose, channel and address."),
    "question": ("stamgast.cli.question:question", "Questions at sign-up, and how many have answered."),
    "advice": ("stamgast.cli.advice:advice", "What to do now for a customer, and what to say."),
    "blueprint": ("stamgast.cli.blueprint:blueprint", "Use cases: what data each needs, and whether it is there."),
    "export": ("stamgast.cli.privacy:export", "Write all that is held about a person to one file."),
    "erase": ("stamgast.cli.privacy:erase", "Erase a person, so that no import brings them back."),
    "calendar": ("stamgast.cli.calendar:calendar", "Seasons and sales, and their days."),
    "report": ("stamgast.cli.report:report", "Write the report page."),
    "letter": ("stamgast.cli.letter:letter", "Write the Monday letter: the week on one page."),
    "serve": ("stamgast.cli.serve:serve", "Open the web app on this machine."),
    "user": ("stamgast.cli.accounts:user", "Who may use the web app."),
    "key": ("stamgast.cli.accounts:key", "Keys with which programs ask the API."),
    "audit": ("stamgast.cli.accounts:audit", "Who saw and changed what in the web app and by its API."),
    "doctor": ("stamgast.cli.setup:doctor", "Check the shop and say what is wrong."),
    "preset": ("stamgast.cli.preset:preset", "Numbers that fit a kind of shop: fashion, pets, groceries, gifts."),
    "schema": ("stamgast.cli.setup:schema", "Write JSON Schemas, so that an editor helps with definitions."),
}  # fmt: skip
"""Command -> (``module:attribute``, its one-line help), in the order one meets them."""

OF_NO_SHOP = frozenset({"init", "demo", "generate", "preset"})
"""Commands that make a shop, or need none; all others are about the shop of ``--shop``."""
