"""Events in, results out, as JSON, with the conventions of AWS's Python client.

Those conventions are simplejson's: bytes are text, a Decimal is a number, a named tuple is an object, NaN is allowed.
The C accelerators behind the json package are used directly: the package itself imports `re` and doubles the
interpreter's start-up time, for parts that only run when something is wrong.

Errors: Fault Runtime.UnmarshalError or Runtime.MarshalError, with the text of the underlying exception.
Source: awslambdaric, lambda_runtime_marshaller.py.
"""

import os
import sys

import _json

from .faults import Fault

WHITESPACE = " \t\n\r"


class _ScannerSettings:
    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {"-Infinity": -float("inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__


_scan = _json.make_scanner(_ScannerSettings)


def loads(text):
    """Decodes str. Raises ValueError (json.JSONDecodeError)."""
    stripped = text.strip(WHITESPACE)
    try:
        value, end = _scan(stripped, 0)
    except (StopIteration, SystemError, ValueError):
        end = -1  # the scanner cannot name its own error while json.decoder is not loaded
    if end == len(stripped):
        return value
    import json  # only to raise the exception every Python programmer knows

    return json.loads(text)


def unmarshal_event(body, content_type):
    if content_type != "application/json":
        return bytes(body)
    try:
        return loads(str(body, "utf-8"))
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}")


def marshal_result(result):
    """(body, content type)."""
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return dumps(result).encode("utf-8"), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}")


def dumps(value, ensure_ascii=None, fallback=None):
    """Encodes to str. `fallback` makes something encodable of a value of an unknown type; without it, an error."""
    if ensure_ascii is None:
        ensure_ascii = ENSURE_ASCII
    if _has_named_tuples():
        return _encode(_simplified(value), ensure_ascii, fallback)
    try:
        return _encode(value, ensure_ascii, fallback)
    except TypeError as error:
        if "not bytes" not in str(error):
            raise
    return _encode(_simplified(value), ensure_ascii, fallback)  # the C encoder refuses bytes as keys


def _encode(value, ensure_ascii, fallback):
    numbers = _DecimalNumbers(fallback)
    escape = _json.encode_basestring_ascii if ensure_ascii else _json.encode_basestring
    encode = _json.make_encoder({}, numbers.default, escape, None, ": ", ", ", False, False, True)
    return numbers.restore("".join(encode(value, 0)))


class _DecimalNumbers:
    """The C encoder cannot write a number it does not know: a marked string stands in until the text is whole."""

    def __init__(self, fallback):
        self._fallback = fallback
        self._literals = []
        self._mark = None

    def default(self, value):
        decimal = sys.modules.get("decimal")
        if decimal is not None and isinstance(value, decimal.Decimal):
            if value.is_nan():
                return float("nan")
            if self._mark is None:
                self._mark = os.urandom(16).hex()
            self._literals.append(str(value))
            return f"{self._mark}{len(self._literals) - 1}"
        if isinstance(value, bytes):
            return value.decode("utf-8")
        if self._fallback is not None:
            return self._fallback(value)
        raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")

    def restore(self, text):
        if not self._literals:
            return text
        head, *parts = text.split(f'"{self._mark}')
        pieces = [head]
        for part in parts:
            index, _, rest = part.partition('"')
            pieces += (self._literals[int(index)], rest)
        return "".join(pieces)


def _has_named_tuples():
    # The C encoder would write them as arrays. The standard library's own are never results worth a walk.
    if "collections" not in sys.modules:
        return False
    return any(
        hasattr(candidate, "_asdict") and candidate.__module__.partition(".")[0] not in sys.stdlib_module_names
        for candidate in tuple.__subclasses__()
    )


def _simplified(value):
    """A copy with named tuples as dicts and bytes keys as text."""
    if isinstance(value, dict):
        return {_text_key(key): _simplified(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _simplified(value._asdict())
    if isinstance(value, (list, tuple)):
        return [_simplified(item) for item in value]
    return value


def _text_key(key):
    return key.decode("utf-8") if isinstance(key, bytes) else key


ENSURE_ASCII = True


def encode_as_runtime(execution_env):
    """python3.12 and later write non-ASCII text as it is."""
    global ENSURE_ASCII
    minor = execution_env.removeprefix("AWS_Lambda_python3.")
    ENSURE_ASCII = not (minor.isdigit() and int(minor) >= 12)
