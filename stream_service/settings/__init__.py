"""Every knob of the service: its groups, and how they are loaded."""

from stream_service.settings.loading import (
    PREFIX,
    Settings,
    SettingsError,
    load_settings,
    names,
    provenance,
    secret_names,
    variable,
)

__all__ = [
    "PREFIX",
    "Settings",
    "SettingsError",
    "load_settings",
    "names",
    "provenance",
    "secret_names",
    "variable",
]
