"""The UI kit as Django sees it."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Templates under ``kernel/``, styles and scripts under ``static/kernel/``."""

    name = "twincity.kernel.ui"
    label = "kernel"
