"""Engagement hubs: what each is told and what it answers, as pure payloads behind one contract."""
