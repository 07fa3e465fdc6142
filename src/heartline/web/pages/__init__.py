"""The pages: each a pure function from what a handler fetched to elements made of ``parts``."""
