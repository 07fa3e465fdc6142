"""Keep the catalogs of languages: ``python tools/catalogs.py`` brings them up to the code, ``--check`` only looks.

Messages are read from the source (``_``, ``ngettext``, ``pgettext``, ``mark``, ``plural``). What a catalog lacks is
added empty, what is no longer said goes, what people translated stays. The check fails on a message without its
translation, one that waits for a look (fuzzy), gaps that differ from the English ones, and a catalog that is not as
this writes it.
docs/how-to/translate.md tells translators the rest.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "heartline"
LOCALE = SOURCE / "locale"
_GAP = re.compile(r"\{([a-z_]*)[^}]*\}")


def extract() -> Catalog:
    """Read all messages of the source, calls inside f-strings too."""
    found = Catalog(project="heartline", charset="utf-8")
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        for call in calls:
            texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            place = [(path.relative_to(ROOT).as_posix(), 1)]
            match call.func.id if isinstance(call.func, ast.Name) else "", texts:
                case (("_" | "mark"), [text]):
                    found.add(text, None, place)
                case (("ngettext" | "plural"), [one, many]):
                    found.add((one, many), None, place)
                case "pgettext", [context, text]:
                    found.add(text, None, place, context=context)
    return found


def catalog_path(tag: str) -> Path:
    """Where a language's catalog lies."""
    return LOCALE / tag / "LC_MESSAGES" / "heartline.po"


def list_languages() -> list[str]:
    """Return the tags of the languages that have a catalog."""
    return sorted(path.name for path in LOCALE.iterdir() if catalog_path(path.name).is_file())


def read_catalog(tag: str) -> Catalog:
    """Read a language's catalog."""
    with catalog_path(tag).open("rb") as written:
        return read_po(written, locale=tag)


def write_catalog(catalog: Catalog, source: Catalog) -> bytes:
    """Return a catalog brought up to the source, as its file holds it."""
    kept = {
        (message.id if isinstance(message.id, str) else message.id[0], message.context): message for message in catalog
    }
    fresh = Catalog(locale=catalog.locale, project="heartline", charset="utf-8", fuzzy=False)
    for message in source:
        if not message.id:
            continue
        key = (message.id if isinstance(message.id, str) else message.id[0], message.context)
        old = kept.get(key)
        fits = old is not None and isinstance(old.id, str) == isinstance(message.id, str)
        files = sorted({(name, 1) for name, _ in message.locations})
        fresh.add(
            message.id,
            old.string if old is not None and fits else "",
            files,
            user_comments=old.user_comments if old is not None else (),
            context=message.context,
        )
    written = io.BytesIO()
    write_po(written, fresh, width=0, omit_header=True, sort_output=True, include_lineno=False)
    plural = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    head = f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return f'{head}"Plural-Forms: {plural}\\n"\n\n'.encode() + written.getvalue()


def find_faults(tag: str, source: Catalog) -> list[str]:
    """Say what is wrong with a language's catalog, a line each."""
    catalog = read_catalog(tag)
    faults = [fault for message in catalog if message.id for fault in judge(tag, message)]
    if write_catalog(catalog, source) != catalog_path(tag).read_bytes():
        faults.append(f"{tag}: the catalog is not up to the source; run tools/catalogs.py")
    return faults


def judge(tag: str, message: Message) -> list[str]:
    """Say what is wrong with one translation."""
    english = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    said = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    shown = f"{tag}: {english[0]!r}"
    if not all(said):
        return [f"{shown} has no translation"]
    if message.fuzzy:
        return [f"{shown} waits for a look"]
    wanted = {frozenset(_GAP.findall(text)) for text in english}
    return [f"{shown}: its gaps differ in {text!r}" for text in said if frozenset(_GAP.findall(text)) not in wanted]


def main() -> int:
    """Bring up or check every catalog; the exit code says whether all is well."""
    source = extract()
    if "--check" not in sys.argv:
        for tag in list_languages():
            catalog_path(tag).write_bytes(write_catalog(read_catalog(tag), source))
    faults = [fault for tag in list_languages() for fault in find_faults(tag, source)]
    print(f"{len(source)} messages; {', '.join(list_languages())}; {len(faults)} faults")
    print("\n".join(faults[:40]))
    return 1 if faults and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
