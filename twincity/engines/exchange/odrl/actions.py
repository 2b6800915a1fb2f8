"""Which action is part of which: ``odrl:includedIn`` of the ODRL Vocabulary 2.2, section 3.

Permitting or prohibiting an action means those below it too. ``write`` is deprecated there in favour of ``modify``.
"""

from __future__ import annotations

_OF_USE = """
Attribution CommericalUse DerivativeWorks Distribution Notice Reproduction ShareAlike Sharing SourceCode
acceptTracking aggregate annotate anonymize append appendTo archive attachPolicy attachSource attribute
compensate concurrentUse copy delete derive digitize distribute ensureExclusivity execute export extract
grantUse include index inform install lease lend license modify move nextPolicy obtainConsent play present
preview print read reproduce reviewPolicy secondaryUse share stream synchronize textToSpeech transform
translate uninstall watermark write writeTo
"""
_BELOW = {"use": _OF_USE.split(), "transfer": ["give", "sell"], "play": ["display"], "extract": ["excerpt"]}
_ABOVE = {below: above for above, names in _BELOW.items() for below in names}


def included(action: str, in_action: str) -> bool:
    """Whether ``action`` is ``in_action`` or a part of it."""
    while action and action != in_action:
        action = _ABOVE.get(action, "")
    return bool(action)
