"""Whether what went wrong is that a disk is full: then people are told to make room. Standard library only."""

import errno
import sqlite3

_DISK_FULL = "53100"  # PostgreSQL's SQLSTATE
_SHARED_MEMORY = 4874  # SQLITE_IOERR_SHMSIZE: a first connection has no room for the file beside the database


def is_full(error: BaseException) -> bool:
    """No room on the disk, or none left of one's share of it: of files, of SQLite, or of PostgreSQL.

    A database's own error may be the cause of ``error``, as Django wraps them.
    """
    return any(_says_full(one) for one in (error, error.__cause__))


def _says_full(error: BaseException | None) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_FULL, _SHARED_MEMORY)
    return getattr(error, "sqlstate", None) == _DISK_FULL
