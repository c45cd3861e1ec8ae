"""The ``stamgast`` command: its groups, loaded one at a time, and what becomes of errors."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from stamgast.cli.commands import COMMANDS
from stamgast.cli.frame import Session, fail, fail_unexpectedly, fail_usage
from stamgast.cli.helping import GIVEN, Call, dressed
from stamgast.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and lists all without importing any."""

    context_class = Call

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
        return dressed(command)

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
        GIVEN.set(tuple(given))
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
