"""Build the wheel and prove it as a stranger would: its assets are inside, and it installs and opens the demo alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WANTED = ("web/static/vendor/htmx.min.js", "htmx.LICENSE", "source-serif-4.LICENSE", ".woff2", "py.typed", ".css")


def main() -> None:
    """Build, look inside, install into a clean environment, open the demo."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder))
        look_inside(wheel)
        open_demo(Path(folder), wheel)
    print("wheel: installs and opens the demo by itself")


def build(folder: Path) -> Path:
    """Build the wheel with the tools of this environment."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def look_inside(wheel: Path) -> None:
    """Fail where the wheel lacks what pages need."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = [wanted for wanted in WANTED if not any(wanted in name for name in names)]
    if missing:
        sys.exit(f"wheel: {', '.join(missing)} not inside")
    print(f"wheel: {wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, {len(names)} files, assets inside")


def open_demo(folder: Path, wheel: Path) -> None:
    """Install into an empty environment and fetch the demo's first page."""
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "run.txt")], check=True)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
    demo = subprocess.Popen(
        [str(venv / "bin" / "heartline"), "demo", "--port", "0", "--customers", "500"],
        cwd=folder, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        page = fetch(demo)
    finally:
        demo.terminate()
        demo.wait(timeout=30)
    if "<h1" not in page:
        sys.exit("wheel: the demo's first page has no heading")


def fetch(demo: subprocess.Popen[str]) -> str:
    """Wait for the address and fetch it, following the one redirect."""
    deadline = time.monotonic() + 300
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.search(r"http://\S+", line):
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with opener.open(found[0], timeout=60) as answer:
                return str(answer.read().decode())
        if time.monotonic() > deadline:
            break
    sys.exit("wheel: the demo printed no address")


if __name__ == "__main__":
    main()
