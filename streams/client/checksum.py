"""Kafka's checksum in C.

kafka-python computes CRC-32C in Python, 8 MB/s, which is most of what producing costs. aiokafka,
which the engine has anyway, brings the same function in C, 800 MB/s. Where it is missing everything
works as before, only more slowly.
"""

from __future__ import annotations

import contextlib

from kafka.record import default_records, util

_CHECK = 0xE3069283
"""CRC-32C of the nine digits 123456789. Source: RFC 3720, and every catalogue of CRCs."""


def use_fast_checksum() -> bool:
    """Make kafka-python use the C function; return whether it does."""
    with contextlib.suppress(ImportError):
        from aiokafka.record._crecords import crc32c_cython  # noqa: PLC0415

        if util.crc32c_c is None and crc32c_cython(b"123456789") == _CHECK:
            default_records.calc_crc32c = crc32c_cython
    return default_records.calc_crc32c is not util.calc_crc32c or util.crc32c_c is not None
