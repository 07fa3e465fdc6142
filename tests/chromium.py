"""Which Chromium looks at pages, and how it is begun."""

import shutil
from typing import Final

NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell first: the same engine without the browser's own windows, at a third of the CPU."""
CHROMIUM: Final = next(filter(None, map(shutil.which, NAMES)), None)
QUIET: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                "--no-first-run"]  # fmt: skip
