"""heartline, the open customer-experience engine.

Data comes in at ``collect``, finds its customer in ``unify``, is made sense of in ``understand`` and leaves through
``act``; ``ls`` of this folder is the way it goes. See ARCHITECTURE.md.
"""

__version__ = "0.1.0"
