"""``clew``: one command a file, loaded when it is called; and the one place where errors become exit codes.

Exit codes: 0 done; 1 internal; 2 the question is wrong; 3 data rejected; 4 done, with warnings. Results go to standard
output, everything else to standard error. An error is one line; ``CLEW_DEBUG=1`` shows where it came from.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from graph.errors import ClewError

COMMANDS = ("recommend", "build", "query", "push", "export", "guideline", "doctor", "demo")
"""In the order of ``clew --help``; each is ``command`` of the module ``api.cli.<name>``."""


class _Commands(click.Group):
    """Imports a command when it is asked for, so that ``clew recommend`` does not pay for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"api.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from graph.errors import nearest

            close = nearest(args[0], COMMANDS)
            hint = f" (did you mean {close[0]}?)" if close else f"; there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 internal, 2 usage, 3 data rejected, 4 done with warnings.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    help="The version.",
    callback=lambda c, p, v: _version(c, v),
)
def cli() -> None:
    """Therapies for a tumour profile, each with the path that leads to it and what speaks against it.

    For research; not a medical device.
    """


def _version(context: click.Context, asked: bool) -> None:
    if not asked:
        return
    from importlib import metadata

    try:
        click.echo(f"clew {metadata.version('clew')}")
    except metadata.PackageNotFoundError:
        click.echo("clew, run from its folder")
    context.exit()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    if "_CLEW_COMPLETE" in os.environ:
        cli.main(prog_name="clew")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line in this process and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with cli.make_context("clew", list(arguments)) as context:
            code = cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ClewError as error:
        return _failed(error, str(error), error.exit_code)
    except BrokenPipeError:
        # The reader has seen enough. What is still in the buffer must not raise again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort):
        return 130
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        # With a name it is a file or folder that was given and cannot be read or written.
        return _failed(error, f"{place}{error.strerror or error}", 3 if place else 1)
    except Exception as error:  # the last resort of a program: whatever it is, the user gets one line
        text = f"internal error, please report it: {type(error).__name__}: {error} (CLEW_DEBUG=1 shows more)"
        return _failed(error, text, 1)
    return code if isinstance(code, int) else 0


def _failed(error: BaseException, text: str, code: int) -> int:
    if os.environ.get("CLEW_DEBUG"):
        raise error
    click.echo(f"clew: {' '.join(text.splitlines())}", err=True)
    return code
