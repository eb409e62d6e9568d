"""Announcements: how covey nodes of one link know each other without a connection (`docs/wire/announcement.md`)."""
