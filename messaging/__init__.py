"""The socket patterns of ZeroMQ."""
