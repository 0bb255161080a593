"""The source contract over a Singer tap."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.adapters.singer.options import SingerSourceOptions
from engine.adapters.singer.source import SingerSource
from engine.domain.adapter import SourceContext
from engine.domain.delta import Window
from engine.testing import SourceCase, SourceContract
from engine.testing.sources import WindowCase
from tests.contracts.orders import orders, source_context
from tests.servers import tap


class TestSingerSource(SourceContract):
    """What every source must do, over a tap that is a process."""

    @pytest.fixture
    def case(self, tmp_path: Path) -> SourceCase:
        records = orders()
        told = tmp_path / "told.ndjson"
        told.write_text("".join(f"{json.dumps(each)}\n" for each in records), "utf-8")
        options = SingerSourceOptions(
            command=f"{sys.executable} {tap.__file__}",
            stream="orders",
            config={"records": str(told), "say": ["{oh no", '{"type": "RECORD"}']},
        )
        spool = str(tmp_path / "spool")

        def make(context: SourceContext) -> SingerSource:
            return SingerSource(options, replace(context, spool=spool))

        def missing(context: SourceContext) -> SingerSource:
            return SingerSource(replace(options, command="tap-nowhere"), context)

        since = Window(since='20260101T000000.000000Z {"done": 10}')
        return SourceCase(
            make=make,
            context=source_context(str(tmp_path)),
            records=records,
            windows=[WindowCase(since, records[10:])],
            unreadable=2,
            unplannable=missing,
        )
