"""Runtime hooks of SnapStart, under the name functions import them by.

Source: Lambda Developer Guide, "Implement code before or after Lambda function snapshots".
"""

_before_snapshot = []
_after_restore = []


def register_before_snapshot(func, *args, **kwargs):
    """`func` runs before the snapshot is taken; the last registered runs first."""
    _before_snapshot.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    """`func` runs after the restore, in the order of registration."""
    _after_restore.append((func, args, kwargs))
    return func


def get_before_snapshot():
    return list(_before_snapshot)


def get_after_restore():
    return list(_after_restore)
