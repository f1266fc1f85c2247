"""Whether a fault of the disk is that it is full: then people are told to make room. Standard library only."""

import errno


def is_full(error: OSError) -> bool:
    """No room on the disk, or none left of one's share of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
