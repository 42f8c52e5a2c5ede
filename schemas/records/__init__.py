"""GENERATED from schemas/avro by `python -m ops generate`: change the contract, not this file.

Records: one module a context, one frozen struct a contract.
"""
