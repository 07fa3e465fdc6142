"""The keeper of the packed log: packs History once, and then splices in what came and whose owner changed.

What was packed lies in a file of the data directory, and is mapped at the next start.
"""

from __future__ import annotations

from heartline.keeper.kept import Kept, Standing
from heartline.keeper.log_file import LogFile, LogFileState, look_at_file
from heartline.keeper.log_keeper import LogKeeper, is_identifying

__all__ = ["Kept", "LogFile", "LogFileState", "LogKeeper", "Standing", "is_identifying", "look_at_file"]
