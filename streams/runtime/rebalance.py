"""Faust's tables and recovery, with the ledger behind them.

Faust keeps membership, assignment and the routing of keys to workers: a `LedgerTable` per processor
gives its assignor the changelog topic to spread. What is inside a partition is the runtime's: at a
rebalance `LedgerRecovery` asks it to recover, then resumes the flow as Faust would.
"""

from __future__ import annotations

import asyncio
from typing import Any

from faust.tables import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.tables.table import Table
from mode import Service


class LedgerTable(Table[Any, Any]):
    """Stands for a processor's changelog in Faust's assignor; holds nothing itself."""

    async def on_start(self) -> None:
        """Nothing to declare: topics are made and checked before the worker starts."""

    async def on_recovery_completed(self, active_tps: Any, standby_tps: Any) -> None:
        """Nothing to do: the runtime has recovered."""


class LedgerTables(TableManager):
    """Faust's table manager, with our recovery and without its one-second nap."""

    @property
    def recovery(self) -> Recovery:
        """Return the recovery service."""
        if self._recovery is None:
            self._recovery = LedgerRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """Register the tables and start recovery."""
        await asyncio.sleep(0)
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


class LedgerRecovery(Recovery):
    """Recovers through the runtime; stops the worker when it cannot."""

    app: Any

    @Service.task
    async def _restart_recovery(self) -> None:
        while not self.should_stop:
            asked: Any = self.signal_recovery_start
            if await self.wait_for_stopped(asked):
                return
            self.signal_recovery_start.clear()
            generation = self._generation_id
            self._set_recovery_started()
            try:
                await self._wait(self._recover(generation))
                self._set_recovery_ended()
                await self._resume_streams(generation_id=generation)
            except RebalanceAgain:
                continue
            except ServiceStopped:
                return
            except Exception as fault:  # noqa: BLE001  # anything here must stop the worker
                self.app.runtime.fail(fault)
                return

    async def _recover(self, generation: int) -> None:
        assigned = {
            (tp.topic, tp.partition)
            for tp in self.app.consumer.assignment()
            if tp.topic not in self.tables.changelog_topics
        }
        await self.app.consumer.silence(self.tables.changelog_topics)
        await self.app.runtime.recover(assigned, generation)
