"""``heartline erase``: erases customers everywhere, and prints their certificates."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
import msgspec

from heartline.cli.progress import showing_progress
from heartline.cli.reach import Distant, reach
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.records import Erasure
from heartline.web import EraseOrder, erase


@click.command("erase")
@click.argument("refs", nargs=-1, metavar="CUSTOMER...")
@click.option("--reason", default="", help="Who asked and when, without naming them: it stays on the certificate.")
@click.option("--by", "by", default=getpass.getuser, show_default="you", help="Who is answerable for it.")
@click.option("--may-return", is_flag=True, help="Do not keep them out: what names them later is taken again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(*, refs: tuple[str, ...], reason: str, by: str, may_return: bool, yes: bool, data_dir: Path | None) -> None:
    """Erase customers by the ids in their addresses. Without any, finish what was asked before."""
    if refs and not yes:
        click.confirm(f"Erase {len(refs):,} for ever? It cannot be taken back", abort=True)
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    order = EraseOrder(refs=refs, reason=reason, by=by, suppress=not may_return)
    with reach(settings) as reached, showing_progress({"erasing": "Erasing"}) as tell:
        if isinstance(reached, Distant):
            said = reached.work("/local/erase", msgspec.to_builtins(order), tell)["erasures"]
            done = msgspec.convert(said, list[Erasure])
        else:
            done = erase(reached, order, tell=tell)
    if not done:
        click.echo("There was nothing to erase.")
    for one in done:
        told = ", ".join(f"{n:,} {name}" for name, n in one.counts.items() if n)
        click.echo(f"{one.certificate}  {one.step.value}: {told or 'nothing was left of them'}")
