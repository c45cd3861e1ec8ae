"""The ``stamgast`` command: its groups, loaded one at a time, and what becomes of errors."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from stamgast.cli.frame import Session, fail, fail_unexpectedly, fail_usage
from stamgast.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("stamgast.cli.setup:init", "Make a shop folder."),
    "demo": ("stamgast.cli.demo:demo", "See it work on a made-up shop and a real one, in new folders."),
    "generate": ("stamgast.cli.generate:generate", "Make up a shop of any size, to try things out on."),
    "ingest": ("stamgast.cli.imports:ingest", "Read files into the shop; list and undo imports."),
    "quarantine": ("stamgast.cli.quarantine:quarantine", "Rows that could not be understood: see, mend or leave them."),
    "refresh": ("stamgast.cli.data:refresh", "Record who is in which stage and segment, and since when."),
    "lifecycle": ("stamgast.cli.lifecycle:lifecycle", "Customers per lifecycle stage, and who moved."),
    "segment": ("stamgast.cli.segment:segment", "List, count, show and explain segments."),
    "insight": ("stamgast.cli.insight:insight", "What the figures say: overlap, best buyers, cohorts, returns, coupons."),
    "figures": ("stamgast.cli.insight:figures", "Orders and revenue per month, beside the shop's own totals."),
    "customer": ("stamgast.cli.customer:customer", "One customer: who it is and what happened."),
    "identity": ("stamgast.cli.identity:identity", "Who is who: why, and by hand."),
    "extension": ("stamgast.cli.extension:extension", "Labels on customers: give, take, import, complete."),
    "consent": ("stamgast.cli.consent:consent", "What people agreed to, per purpose, channel and address."),
    "question": ("stamgast.cli.question:question", "Questions at sign-up, and how many have answered."),
    "advice": ("stamgast.cli.advice:advice", "What to do now for a customer, and what to say."),
    "blueprint": ("stamgast.cli.blueprint:blueprint", "Use cases: what data each needs, and whether it is there."),
    "export": ("stamgast.cli.privacy:export", "Write all that is held about a person to one file."),
    "erase": ("stamgast.cli.privacy:erase", "Erase a person, so that no import brings them back."),
    "calendar": ("stamgast.cli.calendar:calendar", "Seasons and sales, and their days."),
    "report": ("stamgast.cli.report:report", "Write the report page."),
    "doctor": ("stamgast.cli.setup:doctor", "Check the shop and say what is wrong."),
    "preset": ("stamgast.cli.preset:preset", "Numbers that fit a kind of shop: fashion, pets, groceries, gifts."),
    "schema": ("stamgast.cli.setup:schema", "Write JSON Schemas, so that an editor helps with definitions."),
}  # fmt: skip
INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and lists all without importing any."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **options: Any) -> None:  # noqa: ANN401 - click's
        """``lazy``: command -> (``module:attribute``, its one-line help)."""
        super().__init__(*args, **options)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature - click's signature
        """The commands, in the order one meets them."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command."""
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a name that is close."""
        if args and args[0] not in self.lazy and not args[0].startswith("-"):
            guess = did_you_mean(args[0], self.lazy)
            ctx.fail(f"No such command '{args[0]}'" + (f"; {guess}" if guess else "."))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.lazy.items()])

    def main(  # type: ignore[override] # it never returns: it always exits
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,  # noqa: ANN401 - click's
    ) -> NoReturn:
        """Run and exit: 0 answered, 1 user error, 2 usage, 3 internal."""
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        sys.exit(self._run(given, prog_name or "stamgast", extra))

    def _run(self, given: list[str], prog_name: str, extra: dict[str, Any]) -> int:
        as_json = "--json" in given
        try:
            code = super().main(given, prog_name, **extra)
            sys.stdout.flush()
        except UserError as error:
            return fail(error, as_json=as_json)
        except click.ClickException as error:
            return fail_usage(error, as_json=as_json, given=given)
        except (click.Abort, KeyboardInterrupt):
            click.echo("stopped", err=True)
            return INTERRUPTED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except Exception as error:
            if os.environ.get("STAMGAST_DEBUG"):
                raise
            return fail_unexpectedly(error, as_json=as_json)
        return code if isinstance(code, int) else 0


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="stamgast", prog_name="stamgast")
@click.option(
    "--shop",
    type=click.Path(file_okay=False),
    default=".",
    envvar="STAMGAST_SHOP",
    show_default="this folder",
    help="The shop's folder.",
)
@click.option("--lang", type=click.Choice(["en", "nl"]), help="Language of the output.")
@click.pass_context
def root(context: click.Context, shop: str, lang: str | None) -> None:
    """Stamgast knows your customers: where each stands, why, and what changes next."""
    context.obj = Session(folder=shop, language=lang)


def main() -> NoReturn:
    """The program."""
    root.main()
