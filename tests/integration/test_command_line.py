"""The command line: the exact calls that others rely on, exit codes, and what people read."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner, Result
from few_segments import few_segments
from shop_kit import make_shop, orders_file

from stamgast.app.shop import Shop
from stamgast.cli.commands import COMMANDS, OF_NO_SHOP
from stamgast.cli.frame import Session
from stamgast.cli.main import LazyGroup, root
from stamgast.cli.reference_pages import commands_page, every_command, settings_page

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (1, "2010-12-10T15:00:00", 25),
    (2, "2010-10-15T09:30:00", 40),
    (3, "2009-06-01T08:00:00", 10),
    (10, "2010-12-05T11:11:11", 500),
    (10, "2010-12-06T11:11:11", -200),
]
AS_OF = "2010-12-15T00:00:00Z"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("line") / "shop"
    make_shop(folder, ORDERS).close()
    return folder


def call(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(root, arguments, env=env)


def answered(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def asked(shop: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answered("--shop", str(shop), *arguments, "--json"))
    return found


# --- the calls that are relied upon --------------------------------------------------------------


def test_lifecycle(shop: Path) -> None:
    assert asked(shop, "lifecycle", "--as-of", AS_OF) == {
        "as_of": "2010-12-15T00:00:00Z",
        "model": "grid",
        "stages": {
            "prospect": 0,
            "new_buyer": 1,
            "promising": 1,
            "loyal": 0,
            "drifting": 1,
            "sleeper": 1,
            "at_risk": 0,
            "red_alert": 0,
        },
        "anonymous": 0,
    }


def test_the_model_is_a_setting(shop: Path) -> None:
    result = call(
        "--shop", str(shop), "lifecycle", "--as-of", AS_OF, "--json",
        env={"STAMGAST_LIFECYCLE_MODEL": "windowed"},
    )  # fmt: skip
    assert json.loads(result.stdout)["model"] == "windowed"


def test_segment_count(shop: Path) -> None:
    assert asked(shop, "segment", "count", "one_time_buyers", "--as-of", AS_OF) == {
        "segment": "one_time_buyers",
        "as_of": "2010-12-15T00:00:00Z",
        "count": 3,
        "valid_until": None,
    }
    # Customer 2 was last seen on 15 October: 365 days on it is lost.
    lost = asked(shop, "segment", "count", "lost_customers", "--as-of", AS_OF)
    assert (lost["count"], lost["valid_until"]) == (1, "2011-10-15T08:30:00.000001Z")


def test_segment_members_csv(shop: Path) -> None:
    text = answered(
        "--shop", str(shop), "segment", "members", "one_time_buyers",
        "--as-of", AS_OF, "--format", "csv",
    )  # fmt: skip
    assert text.splitlines()[0] == "profile_id,identifier_kind,identifier,entered_at,valid_until"
    rows = list(csv.DictReader(io.StringIO(text)))
    ids = [row["profile_id"] for row in rows]
    assert ids == sorted(ids)
    assert {(row["identifier_kind"], row["identifier"]) for row in rows} == {
        ("customer_id", "2"),
        ("customer_id", "3"),
        ("customer_id", "10"),
    }
    assert {(row["entered_at"], row["valid_until"]) for row in rows} == {("", "")}


def test_members_as_json_and_limited(shop: Path) -> None:
    every = asked(shop, "segment", "members", "one_time_buyers", "--as-of", AS_OF)
    assert [row["valid_until"] for row in every["members"]] == [None] * 3
    few = asked(shop, "segment", "members", "one_time_buyers", "--as-of", AS_OF, "--limit", "2")
    assert few["members"] == every["members"][:2]


def test_segment_explain(shop: Path) -> None:
    found = asked(shop, "segment", "explain", "one_time_buyers", "customer_id:2", "--as-of", AS_OF)
    assert (found["holds"], found["exists"], found["next_change"]) == (True, True, None)
    condition = found["condition"]
    assert (condition["holds"], condition["value"]) == (True, 1)
    assert [event["at"] for event in condition["events"]] == ["2010-10-15T08:30:00Z"]
    assert found["identifier"] == "customer_id:2"
    by_value = asked(shop, "segment", "explain", "one_time_buyers", "2", "--as-of", AS_OF)
    assert by_value == found


def test_explain_names_the_exact_next_change(shop: Path) -> None:
    found = asked(shop, "segment", "explain", "stage", "10", "--as-of", AS_OF)
    assert found["holds"] is None  # a stage is a value, not a condition
    assert found["condition"]["value"] == "new_buyer"
    assert found["next_change"] == "2011-01-04T11:11:11.000001Z"


def test_people_read_names_of_kinds_money_and_midnights(shop: Path) -> None:
    def told(*arguments: str) -> str:
        return answered("--shop", str(shop), *arguments, "--as-of", AS_OF)

    page = told("customer", "show", "1", "--all")
    assert page.startswith("Customer number 1, as of 15 December 2010, 00:00")
    assert re.search(r"^Net revenue per purchase +£62\.50$", page, re.MULTILINE)
    assert re.search(r"^Profile +\d+$", page, re.MULTILINE)
    assert "profile_id" not in page
    assert ".000001" not in page
    assert not re.search(r" +$", page, re.MULTILINE)
    dutch = told("customer", "show", "1", "--all", "--lang", "nl")
    assert re.search(r"^Netto-omzet per aankoop +£\N{NO-BREAK SPACE}62,50$", dutch, re.MULTILINE)
    assert "customer number 2 " in told("segment", "members", "one_time_buyers")


def test_a_rank_says_that_midnight_decides_anew(shop: Path) -> None:
    def told(language: str) -> str:
        call = ("segment", "explain", "best_buyers", "10", "--as-of", AS_OF, "--lang", language)
        return answered("--shop", str(shop), *call)

    assert told("en").splitlines()[-1] == (
        "Ranks are decided anew at local midnight, so this holds until 16 December 2010, 00:00 at least."
    )
    assert told("nl").splitlines()[-1].endswith("in elk geval tot 16 december 2010, 00:00.")
    assert "by itself" not in told("en")


def test_doctor_names_the_rows_in_quarantine(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    bad = tmp_path / "bad.csv"
    bad.write_text("nr,who,at,paid\n1,a,2026-01-05,9.95\n2,b,2026-01-06,free\n", encoding="utf-8")
    mapping = tmp_path / "own.yaml"
    mapping.write_text(
        "version: 1\nsource: till\nzone: UTC\ncurrency: EUR\ncountry: NL\nrows:\n"
        "  - kind: orders\n    fields: {order: nr, ordered_at: at, total: paid}\n"
        "    identifiers: {customer_id: who}\n",
        encoding="utf-8",
    )
    answered("init", str(folder))
    told = answered("--shop", str(folder), "ingest", str(bad), "--mapping", str(mapping))
    assert "1 order of 1 customer, €9.95; €0.00 refunded." in told
    again = answered("--shop", str(folder), "ingest", str(bad), "--mapping", str(mapping))
    assert "Nothing new." in again
    told = answered("--shop", str(folder), "doctor")
    assert "1 row that was read could not be understood" in told
    assert "bad.csv:3: the total is not an amount of money: paid = 'free'" in told
    found = json.loads(answered("--shop", str(folder), "doctor", "--json"))["findings"]
    [finding] = [one for one in found if one["code"] == "store.quarantine"]
    assert [example.rpartition("/")[2] for example in finding["examples"]] == [
        "bad.csv:3: total is not an amount of money: paid = 'free'"
    ]


def test_flows_over_no_time_at_all(shop: Path) -> None:
    result = call("--shop", str(shop), "lifecycle", "--flows", "0d")
    assert result.exit_code == 1
    assert "no time at all" in result.stderr


def test_segment_list(shop: Path) -> None:
    found = asked(shop, "segment", "list", "--as-of", AS_OF)
    counts = {one["segment"]: one["count"] for one in found["segments"]}
    assert counts["one_time_buyers"] == 3
    assert counts["lost_customers"] == 1
    assert set(counts) >= {"best_buyers", "vip", "elite_vip", "coupon_shoppers", "high_returners"}


def test_customer(shop: Path) -> None:
    found = asked(shop, "customer", "show", "10", "--as-of", AS_OF)
    assert found["stage"] == "new_buyer"
    assert found["next_stage"] == "drifting"
    assert found["stage_valid_until"] == "2011-01-04T11:11:11.000001Z"
    assert (found["orders"], found["net_revenue_minor"], found["currency"]) == (1, 30000, "GBP")
    assert found["traits"]["net_revenue"] == "300.00"
    rows = asked(shop, "customer", "timeline", "10", "--as-of", AS_OF)["timeline"]
    assert [(row["kind"], row["amount_minor"]) for row in rows] == [
        ("refund", -20000),
        ("order", 50000),
    ]


def test_the_next_stage_is_that_of_nothing_more(shop: Path) -> None:
    """Asked of the past, what came afterwards does not count: customer 1 bought again."""
    found = asked(shop, "customer", "show", "1", "--as-of", "2010-12-01")
    assert (found["stage"], found["next_stage"]) == ("new_buyer", "drifting")


def test_an_instant_ahead_answers_what_will_be_true(shop: Path) -> None:
    stages = asked(shop, "lifecycle", "--as-of", "2031-01-01")["stages"]
    assert (stages["sleeper"], sum(stages.values())) == (4, 4)


def test_flows(shop: Path) -> None:
    year = asked(shop, "lifecycle", "--flows", "--as-of", AS_OF)
    assert year == asked(shop, "lifecycle", "--as-of", AS_OF, "--flows", "12 months")
    found = asked(shop, "lifecycle", "--as-of", AS_OF, "--flows", "1 month")["flows"]
    moved = {(flow["from"], flow["to"]): flow["count"] for flow in found[0]["flows"]}
    assert moved == {
        (None, "new_buyer"): 1,
        (None, "promising"): 1,
        ("drifting", "drifting"): 1,
        ("sleeper", "sleeper"): 1,
    }


def test_init_settings_and_the_first_mapping(tmp_path: Path) -> None:
    answered("init", str(tmp_path / "a"), "--zone", "Europe/Paris", "--currency", "GBP")
    answered("init", str(tmp_path / "b"))
    file = orders_file(tmp_path / "o.parquet", ORDERS)
    for name in ("a", "b"):
        asked(tmp_path / name, "ingest", str(file), "--mapping", "online-retail")
    paris = (tmp_path / "a" / "stamgast.toml").read_text(encoding="utf-8")
    london = (tmp_path / "b" / "stamgast.toml").read_text(encoding="utf-8")
    assert 'zone = "Europe/Paris"\n' in paris
    assert 'country = "GB"  # from the first mapping' in paris
    assert 'zone = "Europe/London"  # from the first mapping' in london
    again = asked(tmp_path / "b", "ingest", str(file), "--mapping", "online-retail")
    assert (again["lines"], again["accepted"], again["repeated"]) == (6, 0, 6)


def test_a_failed_first_import_settles_nothing(tmp_path: Path) -> None:
    answered("init", str(tmp_path / "shop"))
    before = (tmp_path / "shop" / "stamgast.toml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    result = call(
        "--shop", str(tmp_path / "shop"), "ingest", str(broken), "--mapping", "online-retail"
    )
    assert result.exit_code == 1
    assert (tmp_path / "shop" / "stamgast.toml").read_text(encoding="utf-8") == before


def test_refresh(shop: Path, tmp_path: Path) -> None:
    shop = Path(shutil.copytree(shop, tmp_path / "shop"))
    few_segments(shop, "one_time_buyers")
    first = asked(shop, "refresh", "--as-of", "2010-12-01")
    assert first["previous"] is None
    second = asked(shop, "refresh", "--as-of", AS_OF)
    assert (second["previous"], second["again"]) == ("2010-12-01T00:00:00Z", 0)
    members = asked(shop, "segment", "members", "one_time_buyers", "--as-of", AS_OF)["members"]
    since = {row["identifier"]: row["entered_at"] for row in members}
    assert since == {"2": None, "3": None, "10": "2010-12-05T11:11:11Z"}


def test_doctor_looks_at_the_shops_own_definitions(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    Shop.create(folder).close()
    own = folder / "definitions" / "own.yaml"
    where = "where: {did: order}"
    own.write_text(
        f"segments:\n  a: {{label: {{en: A}}, {where}}}\n  b: {{label: B, {where}}}\n"
        f"  c: {{{where}}}\n  d: {{label: {{en: D, nl: D}}, {where}}}\n"
    )
    text = answered("--shop", str(folder), "doctor")
    assert "2 of the shop's own definitions have no label" in text
    assert "definitions/own.yaml: a, definitions/own.yaml: c" in text
    assert "All is well." not in text
    own.write_text("segments:\n  a: {label: A, where: {segmnt: vip}}\n")
    (found,) = [
        one for one in asked(folder, "doctor")["findings"] if one["code"] == "definitions.invalid"
    ]
    assert "own.yaml:2" in found["examples"][0]
    assert "did you mean `segment`?" in found["examples"][0]
    # it has answered, and says for scripts what the answer is
    checked = call("--shop", str(folder), "doctor", "--check")
    assert checked.exit_code == 1
    assert checked.stdout == answered("--shop", str(folder), "doctor")
    own.write_text(f"segments:\n  c: {{{where}}}\n")
    assert call("--shop", str(folder), "doctor", "--check", "--json").exit_code == 0


def test_members_of_no_segment_are_an_error_and_nothing_else(shop: Path) -> None:
    result = call("--shop", str(shop), "segment", "members", "lost_custommers")
    assert result.exit_code == 1
    assert result.stderr.startswith("there is no segment 'lost_custommers'")


def test_errors_are_dutch_where_the_rest_is(shop: Path, tmp_path: Path) -> None:
    result = call("--lang", "nl", "--shop", str(tmp_path), "lifecycle")
    assert result.exit_code == 1
    assert "hier is geen winkel" in result.stderr
    assert "maak er een met" in result.stderr
    result = call(
        "--shop", str(shop), "segment", "count", "lost_customer", "--lang", "nl", "--json"
    )
    assert "er is geen segment 'lost_customer'" in result.stderr
    assert "bedoel je `lost_customers`?" in result.stderr
    assert json.loads(result.stdout)["error"]["message"] == "there is no segment 'lost_customer'"
    result = call("--shop", str(shop), "customer", "show", "99999", env={"STAMGAST_LANGUAGE": "nl"})
    assert "niemand is bekend als '99999'" in result.stderr


def test_a_trait_is_explained_under_its_name(shop: Path) -> None:
    text = answered(
        "--shop", str(shop), "segment", "explain", "net_revenue", "10", "--as-of", AS_OF
    )
    assert text.startswith("Net revenue: customer number 10, as of 15 December 2010")
    result = call("--shop", str(shop), "segment", "explain", "net_revnue", "10")
    assert "did you mean `net_revenue`?" in result.stderr


def test_few_buyers_are_no_percentage(shop: Path) -> None:
    text = answered("--shop", str(shop), "segment", "list", "--as-of", AS_OF)
    assert text.endswith(
        "Only 3 customers bought in the last 365 days: a best 20, 5 or 1% of so few means little.\n"
    )
    dutch = answered(
        "--shop", str(shop), "--lang", "nl", "segment", "list", "--as-of", "2009-06-02"
    )
    assert "Maar 1 klant kocht in de laatste 365 dagen" in dutch
    later = answered("--shop", str(shop), "segment", "list", "--as-of", "2031-01-01")
    assert "means little" not in later


def test_report_doctor_schema(shop: Path, tmp_path: Path) -> None:
    (page,) = asked(shop, "report", "--as-of", AS_OF, "--to", str(tmp_path))["files"]
    assert Path(page) == tmp_path / "report.html"
    assert '<html lang="en">' in Path(page).read_text(encoding="utf-8")
    levels = {one["level"] for one in asked(shop, "doctor")["findings"]}
    assert "error" not in levels
    files = asked(shop, "schema", "--to", str(tmp_path / "schemas"))["files"]
    assert {Path(file).name for file in files} >= {"definitions.schema.json", "mapping.schema.json"}
    for file in files:
        assert json.loads(Path(file).read_text(encoding="utf-8"))


# --- what goes wrong ------------------------------------------------------------------------------


def test_an_unknown_segment_is_a_user_error_with_a_suggestion(shop: Path) -> None:
    result = call("--shop", str(shop), "segment", "count", "lost_costumers")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "lost_costumers" in result.stderr
    assert "did you mean `lost_customers`?" in result.stderr


def test_errors_are_json_too(shop: Path) -> None:
    result = call("--shop", str(shop), "segment", "count", "nobody_knows", "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "segment.unknown"
    assert error["message"] in result.stderr


def test_an_unknown_customer(shop: Path) -> None:
    result = call("--shop", str(shop), "customer", "show", "nobody@example.org")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nobody@example.org" in result.stderr
    assert "give a customer number, e-mail address" in result.stderr
    assert "`kind:value` says which is meant" in result.stderr


def test_no_shop_here(tmp_path: Path) -> None:
    result = call("--shop", str(tmp_path), "lifecycle")
    assert result.exit_code == 1
    assert "stamgast init" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_shop_is_not_made_over_another(shop: Path) -> None:
    result = call("init", str(shop))
    assert result.exit_code == 1
    assert "already" in result.stderr


def test_a_wrong_setting_names_where_it_was_looked_for(shop: Path) -> None:
    result = call("--shop", str(shop), "lifecycle", env={"STAMGAST_ZONE": "Amsterdam"})
    assert result.exit_code == 1
    assert "environment STAMGAST_ZONE" in result.stderr


def test_a_mistake_in_a_definition_is_told_with_file_and_line(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop", ORDERS).close()
    own = tmp_path / "shop" / "definitions" / "own.yaml"
    own.write_text("version: 1\nsegments:\n  big:\n    where: {trait: ordres, gte: 3}\n")
    result = call("--shop", str(tmp_path / "shop"), "segment", "list")
    assert result.exit_code == 1
    assert "definitions/own.yaml:4" in result.stderr
    assert "orders" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("lifecycle", "--as-of", "yesterday"),
        ("segment", "count"),
        ("segment", "members", "vip", "--format", "xml"),
        ("lifecycel",),
        ("lifecycle", "--jsn"),
    ],
)
def test_wrong_usage_is_2(shop: Path, arguments: tuple[str, ...]) -> None:
    result = call("--shop", str(shop), *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_misspelt_command_gets_a_suggestion() -> None:
    assert "did you mean `lifecycle`?" in call("lifecycel").stderr


@click.command()
def broken() -> None:
    """A command with a fault of ours."""
    raise RuntimeError("the roof leaks\nsecond line")


def test_an_internal_error_is_3_and_short() -> None:
    group = LazyGroup(lazy={"broken": (f"{__name__}:broken", "")})
    result = CliRunner().invoke(group, ["broken"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "RuntimeError: the roof leaks" in result.stderr
    assert "Traceback" not in result.stderr
    # it may have been written before the fault
    assert "as it was" not in result.stderr
    assert "run `stamgast doctor`" in result.stderr
    with pytest.raises(RuntimeError):
        CliRunner().invoke(group, ["broken"], env={"STAMGAST_DEBUG": "1"}, catch_exceptions=False)


# --- for people ----------------------------------------------------------------------------------

DUTCH = [
    (("lifecycle", "--as-of", AS_OF), ["Klantlevenscyclus van Teashop", "Nieuwe koper", "Slaper"]),
    (("segment", "list", "--as-of", AS_OF), ["Eenmalige kopers", "Verloren klanten"]),
    (("segment", "count", "one_time_buyers", "--as-of", AS_OF), ["3 klanten"]),
    (("segment", "members", "one_time_buyers", "--as-of", AS_OF), ["3 profielen", "Bekend als"]),
    (
        ("segment", "explain", "one_time_buyers", "2", "--as-of", AS_OF),
        ["hoort op 15 december 2010, 00:00 bij Eenmalige kopers"],
    ),
    (
        ("customer", "show", "10", "--as-of", AS_OF),
        ["Klant sinds 2010", "1 bestelling, samen", "5 december 2010"],
    ),
    (("customer", "timeline", "10", "--as-of", AS_OF), ["Terugbetaling", "Bestelling 5"]),
]


@pytest.mark.parametrize(("arguments", "words"), DUTCH)
def test_dutch(shop: Path, arguments: tuple[str, ...], words: list[str]) -> None:
    text = answered("--shop", str(shop), *arguments, "--lang", "nl")
    for part in words:
        assert part in text


@pytest.mark.parametrize(
    ("name", "page"), [("commands.md", commands_page), ("settings.md", settings_page)]
)
def test_every_command_option_and_setting_is_documented(name: str, page: Callable[[], str]) -> None:
    """The pages are written from the commands: ``make docs`` writes them anew."""
    path = Path(__file__).parents[2] / "docs" / name
    assert path.read_text(encoding="utf-8") == page()


def test_every_option_has_a_help_text() -> None:
    for path, command in every_command(root, ()):
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{path} {parameter.name}"


def test_every_command_takes_json_and_lang() -> None:
    for path, command in every_command(root, ()):
        if not isinstance(command, click.Group):
            assert {"--json", "--lang"} <= {n for one in command.params for n in one.opts}, path


def test_the_list_of_commands_says_what_they_do() -> None:
    text = answered("--help")
    for name, (_, help_text) in COMMANDS.items():
        assert re.search(rf"^  {name} ", text, re.MULTILINE)
        assert help_text.split(",")[0] in text


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_a_text_can_be_pasted(command: str) -> None:
    said = Session(folder="my shop").whole(f"try: stamgast {command} --help")
    assert ("--shop 'my shop'" in said) == (command not in OF_NO_SHOP)


# --- a real process ------------------------------------------------------------------------------


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stamgast", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=env,
    )


def test_a_real_process_keeps_answer_and_trouble_apart(shop: Path) -> None:
    good = run("--shop", str(shop), "lifecycle", "--as-of", AS_OF)
    assert (good.returncode, good.stderr) == (0, "")
    assert "New buyer" in good.stdout
    assert "\x1b" not in good.stdout  # no colour in a pipe
    bad = run("--shop", str(shop), "segment", "count", "nope")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "nope" in bad.stderr


def test_help_imports_no_engine() -> None:
    """``--help`` stays quick: nothing heavy is loaded for it."""
    code = (
        "import sys; sys.argv = ['stamgast', '--help']\n"
        "from stamgast.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'duckdb', 'pyarrow', 'sqlglot', 'sqlalchemy', 'pydantic', 'rich', 'jinja2', 'babel'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_import_of_the_package_is_light() -> None:
    code = "import sys, stamgast; sys.exit('duckdb' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("given", "toml", "environ", "dutch"),
    [
        ((), "", {}, False),
        ((), "", {"LANG": "nl_NL.UTF-8"}, True),
        ((), "", {"LANG": "nl"}, True),
        ((), "", {"LANG": "nld"}, False),
        ((), "", {"LANG": "nl_NL.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, False),
        ((), "", {"LANG": "en_GB.UTF-8", "LC_MESSAGES": "nl_BE"}, True),
        ((), "", {"LC_MESSAGES": "nl_NL", "LC_ALL": "C.UTF-8"}, False),
        ((), "", {"LANG": "en_US.UTF-8", "LC_ALL": "nl_NL@euro"}, True),
        ((), "", {"LANG": "nl_NL.UTF-8", "LC_ALL": ""}, True),
        ((), 'language = "en"', {"LANG": "nl_NL.UTF-8"}, False),
        ((), '# language = "en"', {"LANG": "nl_NL.UTF-8"}, True),
        ((), 'language = "nl"', {"LANG": "en_GB.UTF-8"}, True),
        ((), 'language = "nl"', {"STAMGAST_LANGUAGE": "en"}, False),
        ((), 'zone = "Amsterdam"', {"LANG": "nl_NL.UTF-8"}, True),
        (("--lang", "nl"), 'language = "en"', {"STAMGAST_LANGUAGE": "en", "LC_ALL": "C"}, True),
        (("--lang", "en"), 'language = "nl"', {"LANG": "nl_NL.UTF-8"}, False),
    ],
)
def test_the_language_is_that_asked_then_set_then_of_the_machine(
    tmp_path: Path, given: tuple[str, ...], toml: str, environ: dict[str, str], *, dutch: bool
) -> None:
    (tmp_path / "stamgast.toml").write_text(toml)
    shown = call("--shop", str(tmp_path), *given, "preset", "list", env=environ)
    assert ("Boodschappen:" in shown.stdout) is dutch
    page = call("--shop", str(tmp_path), *given, "preset", "--help", env=environ)
    assert page.stdout.startswith("Gebruik: ") is dutch


def test_a_group_takes_the_language_too(shop: Path) -> None:
    assert answered("preset", "--lang", "nl", "list") == answered("preset", "list", "--lang", "nl")
    assert "Boodschappen:" in answered("preset", "--lang=nl", "list")
    assert "Boodschappen:" not in answered("--lang", "nl", "preset", "--lang", "en", "list")
    of = ("--shop", str(shop))
    found = answered(*of, "ingest", "--lang", "nl", "list")
    assert found == answered(*of, "ingest", "list", "--lang", "nl")
    assert found == answered(*of, "ingest", "--lang=nl", "list") != answered(*of, "ingest", "list")
    moved = ("flows", "--from", "2010-12-01", "--to", AS_OF)
    found = answered(*of, "lifecycle", "--lang", "nl", *moved)
    assert found == answered(*of, "lifecycle", *moved, "--lang", "nl")
    assert "lifecycle --lang" not in found
    groups = [path for path, one in every_command(root, ()) if isinstance(one, click.Group)]
    assert len(groups) > 12
    for path in groups:
        assert answered(*path, "--lang", "nl", "--help").startswith("Gebruik: ")
