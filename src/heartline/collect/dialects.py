"""The dialects that a body may be in, each with the function that says it in the words of the gate."""

from __future__ import annotations

from typing import Final

from heartline.collect.cloudevents import translate_cloudevent
from heartline.collect.hooks import HOOKS
from heartline.collect.notes import CLOUDEVENTS, POSTHOG
from heartline.collect.posthog import translate_posthog
from heartline.collect.telling import Translate

DIALECTS: Final[dict[str, Translate]] = {
    POSTHOG: translate_posthog,
    CLOUDEVENTS: translate_cloudevent,
    **{name: hook.translate for name, hook in HOOKS.items()},
}
