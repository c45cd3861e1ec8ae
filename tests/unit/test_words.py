"""Every word that people read is there in both languages, and says the same values."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

from stamgast.app.builder.values import UNITS
from stamgast.app.label_figures import KINDS, WHO
from stamgast.app.quality import CODES
from stamgast.app.thresholds import NUMBERS
from stamgast.collect.roles import ROLES
from stamgast.decide.models import Channel, Cost, Level
from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.language.types import Type
from stamgast.measure.suggest import POINTS
from stamgast.profiles.gate import Code
from stamgast.report.page import SECTIONS
from stamgast.report.words import catalogue, word
from stamgast.retail import shipped_files
from stamgast.settings import BY_NAME as SETTINGS
from stamgast.web.access import Role
from stamgast.web.views.care import SAID
from stamgast.web.views.labels import MODES, OURS
from stamgast.web.views.person import GROUPS
from stamgast.web.views.settings import CHOICES
from stamgast.web.views.settings import GROUPS as SETTING_GROUPS
from stamgast.web.views.studies import STUDIES
from stamgast.web.visit import DONE
from stamgast.web.work import Kind as Work

LABELS = read_definitions(shipped_files(), settings=LanguageSettings()).lifecycle.labels
SOURCE = Path(__file__).parents[2] / "src" / "stamgast"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_name_the_same_values() -> None:
    for key, texts in catalogue().items():
        assert set(texts) == {"en", "nl"}, key
        assert fields(texts["en"]) == fields(texts["nl"]), key
        assert (" | " in texts["en"]) == (" | " in texts["nl"]), key


def test_every_key_that_is_asked_for_is_there() -> None:
    asked = set()
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]:
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""(?:say|count)\(\s*["']([a-z_]+\.[a-z_.]*[a-z_])["']""", text))
        asked |= set(
            re.findall(r"""word\(\s*[a-z_.]+,\s*["']([a-z_]+\.[a-z_.]*[a-z_])["']""", text)
        )
    assert len(asked) > 60
    assert asked - set(catalogue()) == set()


def test_one_and_many() -> None:
    assert word("en", "customer.n_orders", n="1", count=1) == "1 order"
    assert word("nl", "customer.n_orders", n="2", count=2) == "2 bestellingen"


BUILDER = (
    *(f"unit.{one}" for one in UNITS),
    *(f"many.{one}" for one in ("", "at_least", "at_most", "exactly", "between")),
    *(f"window.{one}" for one in ("", "within", "between", "dates", "in")),
    *(f"then.{one}" for one in ("", "followed_by", "not_followed_by")),
    *(f"as.{one}" for one in ("", "trait", "percentile")),
    *(f"how.{one}" for one in ("known", "kinds", "unknown")),
    *(f"{text}_{language}" for text in ("label", "about") for language in ("en", "nl")),
    *("and", "or", "nor", "up", "down", "wrap", "unwrap", "drop"),
)
PUT_TOGETHER = {
    "builder.": BUILDER,
    "cli.level.": ("ok", "warning", "error"),
    "report.language.": ("en", "nl"),
    "why.": ("all", "any", "not"),
    "lacking.": tuple(key[len("lacking.") :] for key in catalogue() if key.startswith("lacking.")),
    "gender.": ("f", "m", "x"),
    "event.": tuple(key[len("event.") :] for key in catalogue() if key.startswith("event.")),
    "stage.": tuple(LABELS),
    "extension.": ("give", "take", "no", "lift", "missing", "unexpected"),
    "field.": tuple(key[len("field.") :] for key in catalogue() if key.startswith("field.")),
    "treatment.": ("campaigns", "loyalty", "reports", "ads", "email", "post", "phone"),
    "gate.": (*get_args(Code), "email", "ads", "post", "phone"),
    "consent.": ("granted", "soft_opt_in", "withdrawn"),
    "web.role.": get_args(Role),
    "web.role_may.": get_args(Role),
    "web.channel.": (*get_args(Channel), "ads"),
    "care.group.": GROUPS,
    "care.done.": tuple(one for some in SAID.values() for one in some),
    "labels.type.": ("none", *(one.value for one in Type if one not in (Type.DURATION, Type.AGE))),
    "labels.mode.": MODES,
    "labels.mode_about.": MODES,
    "labels.who.": WHO,
    "labels.tab.": WHO,
    "labels.repair.": ("give", "take"),
    "labels.repair_about.": ("give", "take"),
    "labels.origin.": (*KINDS, *OURS, "import_named", "rule_named"),
    "labels.n.": ("gets", "changes", "loses", "refused"),
    "steer.of.": (*POINTS, *NUMBERS),
    "steer.about.": (*POINTS, *NUMBERS),
    "steer.way.": ("by_gap", "by_person"),
    "study.title.": STUDIES,
    "study.question.": STUDIES,
    "strategy.cost.": get_args(Cost),
    "advice.level.": get_args(Level),
    "web.did.": DONE,
    "web.work.": get_args(Work),
    "data.check.": CODES,
    "settings.": ("shop", "calendars", "users", "keys", "audit"),
    "settings.group.": tuple(name for name, _ in SETTING_GROUPS),
    "settings.label.": tuple(SETTINGS),
    "settings.about.": tuple(SETTINGS),
    "settings.choice.": tuple({one for some in CHOICES.values() for one in some}),
    "settings.fixed.": ("data", "environment"),
    "data.means.": CODES,
    "data.conflict.": ("limit", "address"),
    "upload.time.": tuple(POINTS),
    "upload.role.": ("none", *(role.name for role in ROLES)),
}
"""Keys that are made of a beginning in the code and a name; those of ``section.name.{...}`` are found."""


def test_every_key_is_used() -> None:
    text = "".join(
        path.read_text(encoding="utf-8") for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]
    )
    used = set(re.findall(r"""["'](\w+\.[\w.]*\w)["']""", text))
    used |= {f"{section}.nav" for section in SECTIONS}
    for begun, names in PUT_TOGETHER.items():
        assert re.search(rf"""["']{re.escape(begun)}(\{{|["'] ~)""", text), begun
        used |= {begun + name for name in names}
    begun_names = tuple(re.findall(r"""["'](\w+\.\w[\w.]*[._])\{""", text))
    assert [key for key in catalogue() if key not in used and not key.startswith(begun_names)] == []
