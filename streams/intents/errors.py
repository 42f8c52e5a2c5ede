"""What can go wrong with an encoder of the extra `[embeddings]`.

EncoderError                 anything below
├── ExtraMissingError        the extra is not installed
└── UnusableEncoderError     the files at the configured path cannot be used
"""

from __future__ import annotations


class EncoderError(Exception):
    """A fault of an encoder; its text is a sentence for people."""


class ExtraMissingError(EncoderError):
    """The extra is not installed.

    Attributes:
        module: What could not be imported.
    """

    def __init__(self, *, module: str) -> None:
        super().__init__(
            f"the encoder minilm needs {module}; install it with: "
            "pip install 'cuestream[embeddings]', or use the encoder base"
        )
        self.module = module


class UnusableEncoderError(EncoderError):
    """The files at the configured path cannot be used.

    Attributes:
        path: The file or folder at fault.
        because: What is wrong.
    """

    def __init__(self, *, path: str, because: str) -> None:
        super().__init__(
            f"{path}: {because}; name a folder with an ONNX file of a sentence encoder "
            "(inputs input_ids and attention_mask) and its tokenizer.json"
        )
        self.path, self.because = path, because
