"""How bytes travel: sans-I/O protocol cores and the asyncio links that drive them."""
