"""Configuration: what a project says once, so that nobody has to say it at every call.

``finding`` looks for the file, ``loading`` reads it with the place of every mistake, ``settings``
puts it together with the command line and the defaults. Where there is no file, nothing of YAML or
TOML is imported.
"""

from healthlint.config.finding import ConfigError, ConfigFile, find, named
from healthlint.config.settings import Settings, resolve

__all__ = ["ConfigError", "ConfigFile", "Settings", "find", "named", "resolve"]
