"""What the system granted no more of, as the sentence a person reads."""

import errno

_GRANTED = {
    errno.EMFILE: "this process may open no more files; raise the limit (ulimit -n)",
    errno.ENFILE: "this machine has no more files to open; end what holds so many",
    errno.ENOSPC: "the disk is full{where}; free some space",
    errno.EDQUOT: "the quota of disk space is used up{where}; free some space",
    errno.EAGAIN: "no more processes may be started; raise the limit (ulimit -u)",
    errno.ENOMEM: "there is no more memory; give this process more of it (ulimit -v)",
}


def sentence_of(error: Exception) -> str | None:
    """What ran out, and what to do; None where nothing did."""
    if isinstance(error, MemoryError):
        return _said(errno.ENOMEM)
    if isinstance(error, OSError) and error.errno in _GRANTED:
        return _said(error.errno, error.filename)
    # The interpreter has no error of its own for it.
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return (
            "no more threads may be started; raise the limits (ulimit -u, ulimit -v), "
            "then do the same again"
        )
    return None


def _said(number: int, filename: object = None) -> str:
    where = f" ({filename})" if filename else ""
    return f"{_GRANTED[number].format(where=where)}, then do the same again"
