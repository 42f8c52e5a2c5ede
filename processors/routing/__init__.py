"""Unified routing: from a work item that arrives to the representative who serves it."""
