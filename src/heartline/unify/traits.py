"""What is known of a customer, folded from what its messages said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

TraitSet = tuple[int, bytes, Mapping[str, object]]
"""What one message said: event time in microseconds, message key, traits by name."""


def fold(trait_sets: Iterable[TraitSet]) -> dict[str, object]:
    """Return the traits that hold after all the messages, whatever their order or copies; names are sorted.

    For each name the last event time wins; at equal times the larger message key. Never arrival. A trait said to be
    None is cleared: it is left out until a later message says otherwise. A message key is thought to stand for one
    content.
    """
    latest: dict[str, tuple[int, bytes]] = {}
    values: dict[str, object] = {}
    for ts_us, message_key, traits in trait_sets:
        moment = (ts_us, message_key)
        for name, value in traits.items():
            if name not in latest or latest[name] < moment:
                latest[name] = moment
                values[name] = value
    return {name: values[name] for name in sorted(values) if values[name] is not None}
