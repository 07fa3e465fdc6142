"""heartline, the open customer-experience engine.

Data comes in at ``collect``, finds its customer in ``unify``, is made sense of in ``understand`` and leaves through
``act``; ``ls`` of this folder is the way it goes. See ARCHITECTURE.md.
"""

import os

# Before anybody imports numpy, which reads it once: huge pages make new arrays dear where memory is not at hand
# (docs/decisions/0014). Whoever sets it, has it.
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")

__version__ = "0.1.0"
