"""Which Linkdeck this is."""


def version() -> str:
    """The version of the installed distribution, or that it runs from its sources."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("linkdeck")
    except PackageNotFoundError:
        return "(from its sources, not installed)"
