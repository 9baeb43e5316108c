"""Reads and checks Theater's logs with nothing of Theater's but their description: docs/formats/log.md,
docs/formats/event.md and wit/log/log.wit. The programs are verify_log.py and verify_events.py next to this package.
"""
