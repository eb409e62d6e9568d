"""Services: what a node answers when it is called, and calling it (`docs/wire/services.md`)."""
