"""GENERATED from schemas/avro by `python -m ops generate`; change the contracts instead.

Records: one module a context, one frozen struct a contract.
"""
