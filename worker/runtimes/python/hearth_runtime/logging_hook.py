"""Configures the root logger the moment a function imports `logging`, and not before: most of the cold start of a
function that never logs would be that import.
"""

import sys


def configure_on_import(settings):
    """`settings` is passed to logging_setup.configure once the logging package is loaded."""
    if "logging" in sys.modules:
        _configure(sys.modules["logging"], settings)
    else:
        sys.meta_path.insert(0, _LoggingFinder(settings))


def _configure(logging, settings):
    from . import logging_setup

    logging_setup.configure(logging, settings)


class _LoggingFinder:
    def __init__(self, settings):
        self._settings = settings

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ConfiguringLoader(spec.loader, self._settings)
                return spec
        return None


class _ConfiguringLoader:
    """The real loader, and then the configuration."""

    def __init__(self, loader, settings):
        self._loader = loader
        self._settings = settings

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _configure(module, self._settings)
