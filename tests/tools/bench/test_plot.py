from __future__ import annotations

from xml.etree import ElementTree

from covey.tools.bench.plot import BAR_WIDTH, render_svg
from tests.tools.bench.samples import summary

SVG = "{http://www.w3.org/2000/svg}"


def test_the_plot_is_well_formed_and_holds_every_bar() -> None:
    made = summary(covey=(200.0, 300.0, 250.0), pyzmq=(125.0, 125.0, 125.0))
    root = ElementTree.fromstring(render_svg([made, made]))
    assert root.tag == f"{SVG}svg"
    _ground, *bars = root.findall(f"{SVG}rect")
    widths = [float(bar.attrib["width"]) for bar in bars]
    # The scale ends at the best round, 300.
    assert widths == [round(BAR_WIDTH * 250 / 300, 1), round(BAR_WIDTH * 125 / 300, 1)] * 2
    assert len(root.findall(f"{SVG}path")) == 4


def test_titles_are_escaped() -> None:
    texts = ElementTree.fromstring(render_svg([summary(covey=(1.0,))])).findall(f"{SVG}text")
    assert any("<fast>" in (text.text or "") for text in texts)
