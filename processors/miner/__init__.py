"""Mining a library of intents from past conversations: offline, pure, deterministic."""
