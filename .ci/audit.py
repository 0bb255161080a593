"""Known vulnerabilities in a file of pinned versions, or a sentence that says what was not asked.

`python .ci/audit.py constraints.txt`, in an environment with pip-audit.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def main(pins: str) -> int:
    """0 where nothing is known, or nobody could be asked; 1 where something is known."""
    report, complaint = _audited(pins)
    if report is None:
        return _say(f"Nothing was audited: no advisory service was reached ({complaint}).")
    asked = [each for each in report["dependencies"] if "skip_reason" not in each]
    unknown = len(report["dependencies"]) - len(asked)
    if not asked:
        return _say("Nothing was audited: the advisory service reached knows no package.")
    found = [(each, flaw) for each in asked for flaw in each["vulns"]]
    for each, flaw in found:
        mended = ", ".join(flaw["fix_versions"]) or "no version yet"
        _say(f"{each['name']} {each['version']}: {flaw['id']}, mended in {mended}")
    _say(
        f"{len(asked)} of {len(report['dependencies'])} pinned versions audited, "
        f"{unknown} unknown to the service: {len(found)} known vulnerabilities."
    )
    return 1 if found else 0


def _audited(pins: str) -> tuple[dict[str, Any] | None, str]:
    with TemporaryDirectory() as folder:
        answer = Path(folder) / "audit.json"
        options = ["--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
        run = subprocess.run(
            [sys.executable, "-m", "pip_audit", "-r", pins, *options, "-o", str(answer)],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.is_file():
            return json.loads(answer.read_text("utf-8")), ""
    lines = run.stderr.strip().splitlines()
    return None, lines[-1].split(":")[0] if lines else "it said nothing"


def _say(sentence: str) -> int:
    print(sentence)  # noqa: T201 - that is what it is for
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
