from __future__ import annotations

from pathlib import Path

from heartline.store import open_stores


def test_the_stores_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "made by somebody else"
    folder.mkdir(mode=0o755)
    (folder / "state.sqlite").touch(mode=0o644)
    stores = open_stores(folder)
    try:
        open_to_others = [path.name for path in folder.iterdir() if path.stat().st_mode & 0o077]
        assert open_to_others == []
        assert (folder / "history.duckdb").exists()
    finally:
        stores.close()
