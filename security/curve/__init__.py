"""CURVE: encryption and authentication of each connection, as libzmq speaks it (RFC 25, RFC 26)."""
