"""Entry point of `tidewaiter`: finds the verbs, runs one, turns our errors into sentences."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import typer

from tidewaiter import __version__
from tidewaiter.cli import verbs
from tidewaiter.vocabulary.errors import TidewaiterError

EXIT_BAD_CALL = 2


def build() -> typer.Typer:
    """Build the application with every verb found in `cli/verbs`."""
    app = typer.Typer(
        name="tidewaiter",
        help="Cross-border e-commerce parcels: check, fuse, classify, charge, flag and decide.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback(invoke_without_command=True)
    def root(
        version: bool = typer.Option(False, "--version", help="Print the version and stop."),
    ) -> None:
        if version:
            typer.echo(f"tidewaiter {__version__}")
            raise typer.Exit

    for name in verb_names():
        module = importlib.import_module(f"{verbs.__name__}.{name.replace('-', '_')}")
        if hasattr(module, "APP"):
            app.add_typer(module.APP, name=name)
        else:
            app.command(name)(module.command)
    return app


def verb_names() -> list[str]:
    """Names of all verbs, sorted."""
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(verbs.__path__))


def main() -> None:
    """Run the command line."""
    try:
        build()(prog_name="tidewaiter")
    except TidewaiterError as error:
        typer.echo(f"tidewaiter: {error}", err=True)
        sys.exit(EXIT_BAD_CALL)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
