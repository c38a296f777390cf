"""Fault is a failure the runtime itself finds, under one of AWS's Runtime.* names."""


class Fault(Exception):
    def __init__(self, error_type, message, stack_trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.stack_trace = stack_trace or []
