"""Hands the start of the interpreter to the customer's AWS_LAMBDA_EXEC_WRAPPER.

The wrapper receives the interpreter's command line as its arguments; the script is the last of them, because wrappers
insert interpreter options in front of it.
Source: Lambda Developer Guide, "Modifying the runtime environment", wrapper scripts.
"""

import os
import sys


def run_wrapper(wrapper):
    if not os.path.isfile(wrapper):
        print(f"{wrapper}: does not exist", flush=True)
        sys.exit(127)
    if not os.access(wrapper, os.X_OK):
        print(f"{wrapper}: is not an executable", flush=True)
        sys.exit(126)
    script = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "wrapped.py")
    os.execv(wrapper, [wrapper, "/usr/bin/python3", "-sS", script])
