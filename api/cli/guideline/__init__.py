"""``clew guideline``: what curators do with guideline tables; one subcommand a file, loaded when it is called."""

from __future__ import annotations

import importlib

import click

SUBCOMMANDS: tuple[str, ...] = ("new", "lint", "diff", "load", "approve", "history", "rollback")
"""In the order of ``clew guideline --help``; each is ``command`` of the module ``api.cli.guideline.<name>``."""


class _Subcommands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        command = importlib.import_module(f"api.cli.guideline.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group("guideline", cls=_Subcommands, short_help="Write, check, compare, load and undo guideline tables.")
def command() -> None:
    """What curators do with guideline tables."""
