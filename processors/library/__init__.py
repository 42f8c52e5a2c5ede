"""The library of intents: what mining found, what people made of it, what is in force."""
