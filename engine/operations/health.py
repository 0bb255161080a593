"""What is installed, and what is wrong with it."""

from dataclasses import fields, is_dataclass
from typing import Any

from engine import plugins
from engine.domain.errors import LinkdeckError
from engine.domain.requests import AdapterSeen, Finding
from engine.operations import definitions
from engine.operations.context import Context


def adapters(context: Context) -> tuple[AdapterSeen, ...]:
    """Every installed Adapter and Filter; one that cannot be loaded says why."""
    found: list[AdapterSeen] = []
    for role, by_name in plugins.installed().items():
        found.extend(_adapter(role, name, by_name) for name in sorted(by_name))
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


def _option_names(adapter: type[Any]) -> tuple[str, ...]:
    options = getattr(adapter, "Options", None)
    return tuple(each.name for each in fields(options)) if is_dataclass(options) else ()


def doctor(context: Context) -> tuple[Finding, ...]:
    """What is wrong with this installation: Adapters, definitions, store."""
    return (*_adapter_findings(context), *_definition_findings(context), *_store(context))


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


def _store(context: Context) -> tuple[Finding, ...]:
    try:
        return context.store.check()
    except LinkdeckError as problem:
        return (Finding("store", str(problem), "see the message"),)
