"""Words to compare by eye or over the telephone: one for each octet, no two alike in their first four letters."""

from __future__ import annotations

from typing import Final

__all__ = ["WORDS"]

WORDS: Final = tuple(  # one a line would be 256 lines
    """
    acid acorn actor agent album alley amber anchor angel ankle apple apron arrow atlas attic autumn
    bacon badge baker bamboo banjo barley basket beach beetle bench berry bishop blanket bonfire bottle
    bridge bucket butter cabin cactus camel candle canyon carbon castle cedar cellar cement chalk cherry
    circle clover coach cobalt coffee comet copper coral cotton cousin crater cricket crown crystal
    curtain cushion daisy dancer desert diamond dinner dolphin donkey dragon drawer drum eagle earth
    echo elbow elder engine estate falcon feather fence fiddle finger flame flower flute forest fossil
    fountain friday frost galaxy garden garlic gentle ginger giraffe glacier globe goblet gold gravel
    guitar hammer harbor harvest hazel helmet heron hollow honey horizon hotel hunter iceberg igloo
    indigo insect iris island ivory jacket jaguar jelly jewel jungle juniper kettle keyhole kitten
    knight ladder lagoon lantern laurel lemon lettuce library lilac linen lion lobster locket lumber
    magnet mango maple marble market meadow melon metal mirror monday monkey mosaic motor muffin museum
    napkin nectar needle nephew nickel nutmeg oasis ocean olive onion opera orange orchid otter oxygen
    oyster paddle palace panda parrot peach pebble pencil pepper piano pigeon pillow planet plaza pocket
    potato puzzle quartz quilt quiver rabbit radar raven ribbon river robin rocket ruby saddle salmon
    sandal satin saturn school shadow shovel silver sister spider spiral square statue stone summer
    sunset table tailor teapot temple thunder tiger timber tomato tulip tundra tunnel turtle umbrella
    uncle urchin valley vanilla vapor velvet vessel violin volcano waffle wagon walnut water whale
    willow window winter wizard yellow yogurt zebra zenith zipper
    """.split()  # noqa: SIM905
)
"""256 words; the place of each is the octet that it stands for."""
