"""``heartline import FILE``: guess, try dry, ask, then send the rows through the same journal as everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from heartline.cli.progress import showing_progress
from heartline.cli.reach import ImportDesk, reach_desk
from heartline.collect import (
    READY,
    Brand,
    Change,
    DryRun,
    Guess,
    ImportMapping,
    ImportReport,
    guess_mapping,
    read_mapping,
    trim_mapping,
    write_mapping,
)
from heartline.config import read_settings
from heartline.errors import Invalid, Missing
from heartline.log import configure_logging
from heartline.store import ImportJob

_LABELS: Final = {
    "reading": "Reading",
    "settling": "Finding customers",
    "looking": "Looking for what it brought",
    "undoing": "Taking it back",
}


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--mapping", "mapping_name", help="A saved mapping, a ready one, or a JSON file. [default: guessed]")
@click.option("--source", help="The name of the source. [default: the mapping's name]")
@click.option("--zone", help="The time zone of times that carry none. [default: the workspace's]")
@click.option("--about", help="The rival that all rows are said of; nothing of them becomes a customer.")
@click.option("--save", "save_as", help="Save the mapping under this name.")
@click.option("--show-mapping", is_flag=True, help="Print the mapping as JSON and stop.")
@click.option("--dry-run", is_flag=True, help="Count what would happen and stop.")
@click.option("--yes", is_flag=True, help="Do not ask, and skip the dry run.")
@click.option("--list", "listing", is_flag=True, help="List what was imported, with its numbers, and stop.")
@click.option("--undo", "undone", type=int, metavar="NUMBER", help="Take back the import of this number.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Where everything is kept. [default: data]")
def verb(  # noqa: PLR0913 - one argument an option
    file: Path | None,
    mapping_name: str | None,
    source: str | None,
    zone: str | None,
    about: str | None,
    save_as: str | None,
    *,
    show_mapping: bool,
    dry_run: bool,
    yes: bool,
    listing: bool,
    undone: int | None,
    data_dir: Path | None,
) -> None:
    """Import FILE: CSV, TSV, JSON, Parquet or XES, plain or gzipped. Importing it twice changes nothing."""
    settings = read_settings(data_dir=data_dir)
    configure_logging("warning", as_json=settings.log_json)
    with reach_desk(settings) as desk:
        if listing:
            click.echo(describe_imports(desk.imports()))
            return
        if undone is not None:
            undo(desk, undone, yes=yes)
            return
        if file is None:
            raise Invalid("no_file", "No file was named.", "Name one, or ask for --list or --undo NUMBER.")
        mapping = choose_mapping(file, mapping_name, desk, zone)
        if about:
            mapping = replace(mapping, brand=Brand(constant=about, own=desk.own))
        if show_mapping:
            click.echo(write_mapping(mapping).decode())
            return
        if save_as:
            mapping = replace(mapping, name=save_as)
            desk.save_mapping(mapping)
        into = source or mapping.name
        if dry_run or not yes:
            with showing_progress(_LABELS) as tell:
                planned = desk.plan(file, mapping, source=into, tell=tell)
            click.echo(describe_plan(planned))
            if dry_run or not click.confirm("Import it?"):
                return
        with showing_progress(_LABELS) as tell:
            report = desk.run(file, mapping, source=into, tell=tell)
        click.echo(describe_report(report))


def undo(desk: ImportDesk, import_id: int, *, yes: bool) -> None:
    """Take an import back after asking.

    Raises:
        Missing, Conflict: as ``undo_import`` of the web's desk.
    """
    job = next((job for job, _ in desk.imports() if job.import_id == import_id), None)
    if job is None:
        raise Missing("no_import", f"There is no import {import_id}.", "See --list for their numbers.")
    if not yes and not click.confirm(f"Take back all that {job.file_name} brought ({job.rows_done:,} rows)?"):
        return
    with showing_progress(_LABELS) as tell:
        taken = desk.undo(import_id, by="the command line", tell=tell)
    click.echo(f"{taken.events:,} events of {job.file_name} are taken back; {taken.stored:,} of them were stored.")


def describe_imports(imports: Sequence[tuple[ImportJob, bool]]) -> str:
    """Return the imports as lines for a terminal: number, when, state, rows, file."""
    if not imports:
        return "Nothing was imported yet."
    lines = []
    for job, under_way in imports:
        begun = datetime.fromtimestamp(job.started_us // 1_000_000, UTC).isoformat(" ", "minutes")[:16]
        state = "under way" if under_way else "cut off" if job.status == "running" else job.status
        lines.append(f"{job.import_id:>6}  {begun}  {state:<9}  {job.rows_done:>12,} rows  {job.file_name}")
    return "\n".join(lines)


def choose_mapping(file: Path, name: str | None, desk: ImportDesk, zone: str | None) -> ImportMapping:
    """Return the mapping asked for, or the guessed one after showing it.

    Raises:
        Missing: there is no mapping of that name.
    """
    if name is None:
        guess = guess_mapping(file, zone=zone or desk.zone, own=desk.own)
        click.echo(describe_guess(guess))
        return guess.mapping
    saved = desk.mappings().get(name)
    ready = next((ready for ready in READY if ready.key == name), None)
    if saved is not None:
        mapping = read_mapping(saved)
    elif ready is not None:
        guess = guess_mapping(file, zone=zone or desk.zone, own=desk.own)
        columns = [column.column for column in guess.columns]
        mapping = guess.mapping if guess.ready == name else trim_mapping(ready.mapping, columns)
    elif Path(name).is_file():
        mapping = read_mapping(Path(name).read_bytes())
    else:
        keys = ", ".join(ready.key for ready in READY)
        raise Missing("no_mapping", f"There is no mapping {name!r}.", f"Ready ones are {keys}; or name a JSON file.")
    return replace(mapping, zone=zone) if zone else mapping


def describe_guess(guess: Guess) -> str:
    """Return the guess as lines for a terminal: column, role, first sample."""
    width = min(40, max(len(column.column) for column in guess.columns))
    lines = [
        f"  {column.column[:width]:<{width}}  {column.role.value:<8}  {column.detail}"
        + (f"  e.g. {column.samples[0][:30]!r}" if column.samples else "")
        for column in guess.columns
    ]
    return "\n".join(["Columns:", *lines, *(f"! {warning}" for warning in guess.warnings)])


def describe_plan(plan: DryRun) -> str:
    """Return what an import would do, as the page says it."""
    refused = sum(plan.refused.values())
    events = (
        f"{plan.touches:,} touches new, {plan.duplicate:,} duplicate, {plan.changed:,} changed, {refused:,} refused"
    )
    people = f"{plan.new_customers:,} new customers, {plan.matched_customers:,} matched"
    lines = [f"{plan.rows:,} rows: {events}; {people}."]
    if plan.skipped:
        lines.append(f"{plan.skipped:,} rows are left out by the mapping.")
    if plan.mended:
        lines.append(f"{plan.mended:,} rows held bytes of another encoding and were mended.")
    lines += describe_changes(plan.changes)
    lines += [f"  {reason}: {count:,}" for reason, count in sorted(plan.refused.items())]
    lines += [f"  row {example.row}: {example.reason}: {example.detail}" for example in plan.examples]
    return "\n".join(lines + [f"! {warning}" for warning in plan.warnings])


def describe_changes(changes: Sequence[Change]) -> list[str]:
    """Return what is changed on the way, a line for each kind and column, with its first example."""
    lines = []
    for change in changes:
        shown = next((f", as {one.before!r} → {one.after!r}" for one in change.samples), "")
        lines.append(
            f"  changed ({change.kind.value.replace('_', ' ')}): {change.count:,} cells of {change.column}{shown}"
        )
    return lines


def describe_report(report: ImportReport) -> str:
    """Return what an import did."""
    resumed = f", {report.resumed_from:,} of them before" if report.resumed_from else ""
    refused = f", {sum(report.refused.values()):,} of them refused (see Data, Refused)" if report.refused else ""
    lines = [f"{report.rows:,} rows read{resumed}; {report.messages:,} events sent{refused}."]
    if report.settled:
        lines.append(f"{report.stored:,} are new, {report.duplicate:,} were there, {report.aside:,} were set aside.")
    return "\n".join(lines)
