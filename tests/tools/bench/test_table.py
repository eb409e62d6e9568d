from __future__ import annotations

import dataclasses

from rich.console import Console

from covey.tools.bench.summary import Row
from covey.tools.bench.table import summary_table
from tests.tools.bench.samples import summary


def test_the_table_compares_covey_with_each_other() -> None:
    console = Console(width=110, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(summary_table(summary(**{"covey": (2e6,), "zmq.asyncio": (1e5,), "pyzmq": (1e6,)})))
    console.file.close()
    lines = {line.split()[0]: line for line in console.export_text().splitlines() if line.strip()}
    assert "2.00 M msg/s" in lines["covey"]
    assert "64.0 M B/s" in lines["covey"]
    assert "20.00 x" in lines["zmq.asyncio"]
    assert "2.00 x" in lines["pyzmq"]


def test_chosen_details_stand_beside_the_figure() -> None:
    console = Console(width=110, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    rows = (Row("covey", (2e6,), {"lost": 0.0, "sender": 3.14159}), Row("other", (1e6,), {"lost": 21.5}))
    shown = (("lost", "%"), ("sender", "µs/msg"))
    console.print(summary_table(dataclasses.replace(summary(covey=(2e6,)), rows=rows, shown=shown)))
    console.file.close()
    text = console.export_text()
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert "3.14" in lines["covey"]
    assert "21.5" in lines["other"]
    assert "µs/msg" in text
