"""The SDK: produce turns and commands, follow recommendations. Needs neither Faust nor the engine.

```python
with Producer("127.0.0.1:19092", source="/chat", tenant="demo") as producer:
    receipt = producer.send(TurnSaid(...)).result(timeout=5)

for item in follow("127.0.0.1:19092"):
    print(item)
```
"""

from streams.client.cursor import Cursor, load_cursor, save_cursor
from streams.client.errors import (
    BrokerUnreachableError,
    ClientError,
    CursorError,
    CursorLostError,
    DeliveryFailedError,
    ForeignTenantError,
    ProducerClosedError,
    ProducerFullError,
    ReadFailedError,
    RecordTooLargeError,
    TopicMissingError,
    UndeliveredError,
    UnroutableRecordError,
)
from streams.client.follower import Follower, Received, Unreadable, follow
from streams.client.producer import Delivery, Limits, Producer, Receipt, Stats

__all__ = [
    "BrokerUnreachableError",
    "ClientError",
    "Cursor",
    "CursorError",
    "CursorLostError",
    "Delivery",
    "DeliveryFailedError",
    "Follower",
    "ForeignTenantError",
    "Limits",
    "Producer",
    "ProducerClosedError",
    "ProducerFullError",
    "ReadFailedError",
    "Receipt",
    "Received",
    "RecordTooLargeError",
    "Stats",
    "TopicMissingError",
    "UndeliveredError",
    "Unreadable",
    "UnroutableRecordError",
    "follow",
    "load_cursor",
    "save_cursor",
]
