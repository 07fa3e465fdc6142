"""``heartline retention``: how long data is kept, what would go today, and its going."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
import msgspec

from heartline.cli.reach import Distant, reach
from heartline.config import read_settings
from heartline.errors import Invalid
from heartline.log import configure_logging
from heartline.web import Due, RetentionOrder, retain


@click.command("retention")
@click.option("--keep", "kept", multiple=True, metavar="CLASS=DAYS", help="Keep a class for so many days; 0 for ever.")
@click.option("--run", "run", is_flag=True, help="Remove what is older; without it, it is only counted.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(*, kept: tuple[str, ...], run: bool, data_dir: Path | None) -> None:
    """Say what is older than its schedule: anonymous, identified, refused, audit, sessions, letters, surveys."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    order = RetentionOrder(days=dict(_read_days(one) for one in kept), run=run, by=getpass.getuser())
    with reach(settings) as reached:
        if isinstance(reached, Distant):
            said = reached.work("/local/retention", msgspec.to_builtins(order), lambda *_: None)["due"]
            dues = msgspec.convert(said, list[Due])
        else:
            dues = retain(reached, order)
    if not dues:
        click.echo("Everything is kept for ever. Say otherwise with --keep CLASS=DAYS.")
    for due in dues:
        click.echo(f"{due.data_class:<12} older than {due.days:,} days: {due.count:,} {'gone' if run else 'would go'}")


def _read_days(text: str) -> tuple[str, int]:
    name, _, days = text.partition("=")
    if not days.isdecimal():
        raise Invalid("bad_days", f"{text!r} names no days.", "Write CLASS=DAYS, such as anonymous=400.")
    return name, int(days)
