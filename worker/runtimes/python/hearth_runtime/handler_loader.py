"""Finds the handler that _HANDLER names, on Lambda's module search path.

Errors: Fault Runtime.MalformedHandlerName, BuiltInModuleConflict, ImportModuleError, UserCodeSyntaxError,
        HandlerNotFound; anything else the module raises is passed on.
Source: awslambdaric, bootstrap.py, _get_handler; Developer Guide, "Runtime search path" and "Python layers".
"""

import os
import sys

from . import assignment
from .faults import Fault

SYSTEM_PACKAGES = "/usr/lib/python3/dist-packages"


def set_search_path():
    """Function, PYTHONPATH, layers, runtime, standard library, and last what the host has packaged (boto3)."""
    runtime = sys.path[0]
    task = os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()
    asked_for = [path for path in os.environ.get("PYTHONPATH", "").split(":") if path and path != runtime]
    layers = ["/opt/python", *(f"/opt/python/lib/{version}/site-packages" for version in _versions())]
    assignment.forget_shadowed([task, *asked_for, *layers])
    sys.path[:] = dict.fromkeys([task, *asked_for, *layers, *sys.path, SYSTEM_PACKAGES])
    os.environ.setdefault("PYTHONPATH", runtime)  # as on Lambda, for child interpreters


def _versions():
    """The version the function names, and the interpreter's, which is another one where the nearest runs it."""
    named = os.environ.get("AWS_EXECUTION_ENV", "").removeprefix("AWS_Lambda_")
    own = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return (named, own) if named.startswith("python") else (own,)


def load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}")
    module = _import_module(module_name)
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from None


def _import_module(module_name):
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise Fault("Runtime.BuiltInModuleConflict", message)
    dotted = module_name.replace("/", ".")
    try:
        __import__(dotted)
        return sys.modules[dotted]
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", trace)
