"""The library of intents as one part of a worker: mining, training, publishing, trying."""
