"""All pictures by the name of their file."""

from ceramics import CERAMICS
from lamps import LAMPS
from prints import PRINTS
from stationery import STATIONERY
from textiles import TEXTILES
from wood import WOOD

SCENES = {**CERAMICS, **PRINTS, **TEXTILES, **LAMPS, **STATIONERY, **WOOD}
