"""``heartline rebuild``: makes what is derived again from the journal, and says whether it came out the same."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from heartline.cli.progress import showing_progress
from heartline.cli.reach import Distant, reach
from heartline.config import read_settings
from heartline.log import configure_logging
from heartline.web import RebuildReport, rebuild

_LABELS = {"rebuilding": "Rebuilding", "comparing": "Comparing"}


@click.command("rebuild")
@click.option("--check", "check_only", is_flag=True, help="Compare only; leave in force what is.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(*, check_only: bool, data_dir: Path | None) -> None:
    """Make customers, profiles and history again from the journal, and put them in force. What people made stays."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    with reach(settings) as reached, showing_progress(_LABELS) as tell:
        if isinstance(reached, Distant):
            said = reached.work("/local/rebuild", {"check_only": check_only}, tell)["report"]
            report = msgspec.convert(said, RebuildReport)
        else:
            report = rebuild(reached, tell=tell, check_only=check_only)
    click.echo(describe_rebuild(report))
    if check_only and (report.comparison is None or not report.comparison.equal):
        raise SystemExit(1)


def describe_rebuild(report: RebuildReport) -> str:
    """Say how a rebuild ended."""
    compared = report.comparison
    did = "Rebuilt and in force" if report.swapped else "Rebuilt for comparison; nothing was changed"
    lines = [f"{did}: {report.events:,} events in {report.seconds:.1f} s."]
    if compared is None:
        lines.append(report.trouble)
    elif compared.equal:
        lines.append(f"Equal to what was there: {compared.identifiers:,} identifiers, all that belongs to them.")
    else:
        lines.append("It differs from what was there:")
        lines += [f"  {name}: {n:,} differ" for name, n in compared.differing.items() if n]
        lines += [f"  {compared.only_before:,} identifiers are gone"] if compared.only_before else []
        lines += [f"  {compared.only_after:,} identifiers are new"] if compared.only_after else []
        lines += [f"  {what}: {had:,} before, {has:,} now" for what, (had, has) in compared.counters.items()]
        lines.append("  for example " + ", ".join(compared.examples[:5]))
    return "\n".join(lines)
