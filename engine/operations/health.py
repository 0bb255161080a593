"""What is installed, and what is wrong with it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any

from engine import plugins
from engine.domain.errors import LinkdeckError
from engine.domain.requests import AdapterSeen, Finding
from engine.operations import definitions, engines, mending
from engine.operations.context import Context


def adapters(context: Context) -> tuple[AdapterSeen, ...]:
    """Every installed Adapter and Filter; one that cannot be loaded says why."""
    found: list[AdapterSeen] = []
    for role, by_name in plugins.installed().items():
        found.extend(_adapter(role, name, by_name) for name in sorted(by_name))
    found.extend(_callers(plugins.installed()["source"]))
    announced = plugins.filters()
    found.extend(_adapter("filter", name, announced) for name in sorted(announced))
    del context
    return tuple(found)


def _adapter(role: str, name: str, installed: plugins.Installed) -> AdapterSeen:
    package = plugins.package_of(installed.entries[name])
    try:
        adapter = installed[name]
    except LinkdeckError as problem:
        return AdapterSeen(name, role, package, problem=str(problem))
    return AdapterSeen(
        name,
        role,
        package,
        summary=(adapter.__doc__ or "").strip().split("\n")[0],
        options=_option_names(adapter),
        path=installed.entries[name].value if role == "filter" else None,
    )


def _callers(sources: plugins.Installed) -> Iterator[AdapterSeen]:
    """What a call stage may ask through: those sources that can be called."""
    for name, caller in _callable(sources):
        package = plugins.package_of(sources.entries[name])
        summary = (caller.__doc__ or "").strip().split("\n")[0]
        yield AdapterSeen(name, "call", package, summary, _option_names(caller))


def _callable(sources: plugins.Installed) -> Iterator[tuple[str, type[Any]]]:
    for name in sorted(sources):
        with suppress(LinkdeckError):  # said of the source itself
            caller = getattr(sources[name], "Caller", None)
            if caller is not None:
                yield name, caller


def _option_names(adapter: type[Any]) -> tuple[str, ...]:
    options = getattr(adapter, "Options", None)
    return tuple(each.name for each in fields(options)) if is_dataclass(options) else ()


def doctor(context: Context) -> tuple[Finding, ...]:
    """What is wrong with this installation: Adapters, definitions, store."""
    return (
        *_adapter_findings(context),
        *_definition_findings(context),
        *_store(context),
        *_override_findings(context),
        *_service(context),
        *mending.findings(context),
    )


def _service(context: Context) -> tuple[Finding, ...]:
    try:
        return tuple(engines.findings(context))
    except LinkdeckError:
        # Said already: the store cannot be read.
        return ()


def _adapter_findings(context: Context) -> list[Finding]:
    return [
        Finding(_called(adapter), adapter.problem, "reinstall it")
        for adapter in adapters(context)
        if adapter.problem
    ]


def _called(adapter: AdapterSeen) -> str:
    kind = "" if adapter.role == "filter" else " adapter"
    return f"{adapter.role}{kind} {adapter.name}"


def _definition_findings(context: Context) -> list[Finding]:
    findings: list[Finding] = []
    for report in definitions.validate(context, ()):
        findings.extend(
            Finding(report.path, complaint.sentence(), "linkdeck validate")
            for complaint in report.complaints
        )
    return findings


def _override_findings(context: Context) -> list[Finding]:
    """What operators said of Links that have changed since, so that they cannot run."""
    from engine.definition.overriding import OverrideUnfit

    findings = []
    for path in definitions.files(context):
        try:
            definitions.load(context, str(path))
        except OverrideUnfit as unfit:
            remedy = f"linkdeck override {path} --clear, or correct the file"
            findings.append(Finding(str(path), str(unfit), remedy))
        except LinkdeckError:
            # Said already: the definition itself, or the store.
            continue
    return findings


def _store(context: Context) -> tuple[Finding, ...]:
    try:
        return context.store.check()
    except LinkdeckError as problem:
        return (
            Finding(
                "store",
                str(problem),
                "mend this first; the rest is looked at after it",
                fixable="; run: chmod " in str(problem),
            ),
        )
