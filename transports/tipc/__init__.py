"""The kernel's cluster transport: addresses, the topology service, and what this machine offers."""
