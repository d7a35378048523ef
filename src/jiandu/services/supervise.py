"""Entry point of the supervisor process: supervisord that also adopts orphans.

A program that dies hard (kill -9) leaves its children to the nearest *subreaper*. Being one, the supervisor keeps every
descendant in its own tree, whatever sessions or process groups they made, so that ``jiandu down`` finds all of them.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Become a subreaper, then supervisord in the foreground."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "prctl(PR_SET_CHILD_SUBREAPER)")
    from supervisor import supervisord

    supervisord.main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
