"""A tap that speaks Singer as it is told to: `python tap.py --config C [--state S] [--discover]`.

Its config: `records`, an NDJSON file; `every`, how many records between two states; `say`, lines
put out as they are before the records; `breaks`, a file whose number is the record before which the
tap kills itself, once; `waits`, a pipe that it opens before its last record, if it is there;
`refuses`, what it says on stderr before it ends with exit code 1.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "email": {"type": ["string", "null"]}},
    "required": ["id"],
}


def main() -> int:
    """Speak."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--state")
    parser.add_argument("--catalog")
    parser.add_argument("--discover", action="store_true")
    asked = parser.parse_args()
    config = json.loads(Path(asked.config).read_text(encoding="utf-8"))
    if asked.discover:
        streams = [{"stream": name, "tap_stream_id": name} for name in ("orders", "people")]
        say({"streams": [{**each, "schema": SCHEMA} for each in streams]})
        return 0
    if "refuses" in config:
        sys.stderr.write(f"{config['refuses']}\n")
        return 1
    state = json.loads(Path(asked.state).read_text(encoding="utf-8")) if asked.state else {}
    speak(config, int(state.get("done", 0)))
    return 0


def speak(config: dict[str, Any], done: int) -> None:
    """Schema, records after the first `done`, states in between."""
    say({"type": "SCHEMA", "stream": "orders", "schema": SCHEMA, "key_properties": ["id"]})
    for line in config.get("say", ()):
        sys.stdout.write(f"{line}\n")
    text = Path(config["records"]).read_text(encoding="utf-8")
    breaks = Path(config["breaks"]) if "breaks" in config else None
    waits = Path(config["waits"]) if "waits" in config else None
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if number == len(lines) and waits is not None and waits.exists():
            sys.stdout.flush()
            waits.read_bytes()
        if breaks is not None and breaks.exists() and int(breaks.read_text()) == number:
            breaks.unlink()
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        if number > done:
            record = {"type": "RECORD", "stream": "orders", "record": json.loads(line)}
            say(record)
            if number % config.get("every", 10) == 0:
                say({"type": "STATE", "value": {"done": number}})
    say({"type": "STATE", "value": {"done": len(lines)}})


def say(message: Any) -> None:
    """One line."""
    sys.stdout.write(f"{json.dumps(message)}\n")


if __name__ == "__main__":
    raise SystemExit(main())
