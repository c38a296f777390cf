"""The root logger as Lambda hands it to a function: one handler, text or JSON, with the request id in every line.

Text:    [LEVEL]\\t<time>Z\\t<request id>\\t<message>
JSON:    {"timestamp","level","message","logger","requestId",...}; Developer Guide, "Advanced logging controls".
Source:  awslambdaric, bootstrap.py and lambda_runtime_log_utils.py.
"""

import time

from . import json_codec
from .log_sink import JSON_FRAME, TEXT_FRAME

LEVEL_MASKS = {0: 0x00, 10: 0x08, 20: 0x0C, 30: 0x10, 40: 0x14, 50: 0x18}
TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
TEXT_TIME = "%Y-%m-%dT%H:%M:%S"
JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"
RESERVED_FIELDS = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created "
    "msecs relativeCreated thread threadName processName process taskName aws_request_id tenant_id _frame_type".split()
)


def configure(logging, settings):
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    handler = _handler_class(logging)(settings)
    if settings.json_format:
        handler.setFormatter(_json_formatter_class(logging)())
    else:
        handler.setFormatter(logging.Formatter(TEXT_FORMAT, TEXT_TIME))
    if settings.level in logging._nameToLevel:
        root.setLevel(settings.level)
    root.addHandler(handler)


def _level_of(record):
    return min(50, max(0, record.levelno)) // 10 * 10


def _handler_class(logging):
    class LambdaLoggerHandler(logging.Handler):
        def __init__(self, settings):
            super().__init__()
            self.log_sink = settings.sink
            self._current = settings.current
            self._base = JSON_FRAME if settings.json_format else TEXT_FRAME
            # Plain text lines carry a level only where a level was configured: the platform then filters by it.
            self._with_level = settings.json_format or bool(settings.level)
            self.addFilter(self._add_invocation)

        def _add_invocation(self, record):
            record.aws_request_id = self._current.request_id or ""
            record.tenant_id = self._current.tenant_id
            return True

        def emit(self, record):
            try:
                message = self.format(record)
                mask = LEVEL_MASKS[_level_of(record)] if self._with_level else 0
                self.log_sink.log(message, self._base | mask)
            except Exception:
                self.handleError(record)

    return LambdaLoggerHandler


def _json_formatter_class(logging):
    class JsonFormatter(logging.Formatter):
        def __init__(self):
            super().__init__(datefmt=JSON_TIME)

        def format(self, record):
            error = record.exc_info if record.exc_info and record.exc_info[0] else None
            message = record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage()
            result = {
                "timestamp": self.formatTime(record, self.datefmt),
                "level": logging.getLevelName(_level_of(record)),
                "message": message,
                "logger": record.name,
                "stackTrace": logging.traceback.format_tb(error[2]) if error else None,
                "errorType": error[0].__name__ if error else None,
                "errorMessage": str(error[1]) if error else None,
                "requestId": record.aws_request_id,
                "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if error else None,
                "tenantId": record.tenant_id,
            }
            for key, value in record.__dict__.items():
                if key not in RESERVED_FIELDS and key not in result:
                    result[key] = value
            present = {key: value for key, value in result.items() if value is not None}
            return json_codec.dumps(present, ensure_ascii=False, fallback=str) + "\n"

    return JsonFormatter
