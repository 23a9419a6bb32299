"""From a data folder to brokers that answer, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stream_service.devkit.kafka import data_folder, readiness
from stream_service.devkit.kafka.data_folder import ClusterIdentity
from stream_service.devkit.kafka.errors import NotReady, PortTaken
from stream_service.devkit.kafka.java import JavaCommand
from stream_service.devkit.kafka.node import Node
from stream_service.devkit.kafka.ports import choose_free
from stream_service.devkit.kafka.progress import Progress, ProgressCallback, Stage
from stream_service.devkit.kafka.security import Security
from stream_service.devkit.kafka.server_properties import NodeAddress
from stream_service.devkit.kafka.threads import finish_in_thread

HIGHEST_TCP_PORT = 65_535

# Other processes choose ports too; losing to them this often in a row does not happen.
PORT_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What cluster is wanted; `port` is the first broker's, the next ones have the next ones."""

    brokers: int
    port: int | None
    settings: dict[str, str]
    java: JavaCommand
    jvm_options: tuple[str, ...]
    ready_timeout_s: float
    is_temporary: bool
    security: Security | None = None

    def __post_init__(self) -> None:
        if self.brokers < 1:
            raise ValueError(f"A cluster has at least one broker, not {self.brokers}")
        if self.port is not None and not 0 < self.port <= HIGHEST_TCP_PORT + 1 - self.brokers:
            raise ValueError(f"There are no {self.brokers} ports from {self.port} on")


async def bring_up(plan: Plan, folder: Path, report: ProgressCallback) -> tuple[Node, ...]:
    """Return the running, answering nodes of the folder's cluster, a new one in a new folder.

    Ports that nobody fixed are chosen again when another process takes them first.
    Raises a subclass of EmbeddedKafkaError; then no broker runs.
    """
    stored = await asyncio.to_thread(data_folder.read_identity, folder, plan.brokers)
    cluster_id = stored.cluster_id if stored else data_folder.new_cluster_id()
    attempts_left = PORT_ATTEMPTS
    while True:
        attempts_left -= 1
        addresses = await asyncio.to_thread(_choose_addresses, plan, stored)
        identity = ClusterIdentity(cluster_id, addresses)
        nodes = tuple(_node(plan, folder, address) for address in addresses)
        try:
            await _start(plan, folder, identity, nodes, report)
        except PortTaken as error:
            if stored is not None or error.port in _fixed_ports(plan) or not attempts_left:
                raise
        else:
            return nodes


async def wait_until_serving(nodes: Sequence[Node], *, timeout_s: float) -> None:
    """Wait until every node that should serve answers, and knows the others that should.

    Raises BrokerExited, PortTaken, NotReady.
    """
    serving = [node for node in nodes if node.is_serving]

    def raise_if_exited() -> None:
        for node in serving:
            node.raise_if_exited()

    try:
        await readiness.wait_until_ready(
            [node.address for node in serving],
            timeout_s=timeout_s,
            raise_if_exited=raise_if_exited,
        )
    except TimeoutError as error:
        logs = [await asyncio.to_thread(node.last_log_lines) for node in serving]
        raise NotReady(timeout_s, "\n".join(logs)) from error


async def close(nodes: Sequence[Node], *, cleanly: bool) -> None:
    """End all brokers, all at once; whatever interrupts this, none is left."""
    try:
        async with asyncio.TaskGroup() as group:
            for node in nodes:
                group.create_task(node.stop() if cleanly else node.kill())
    finally:
        for node in nodes:
            node.abandon()


async def _start(
    plan: Plan,
    folder: Path,
    identity: ClusterIdentity,
    nodes: Sequence[Node],
    report: ProgressCallback,
) -> None:
    for node in nodes:
        node.require_free_ports()
    # Before the nodes are formatted with the cluster's id: a crash must not leave them without.
    await finish_in_thread(data_folder.write_identity, folder, identity)
    report(Progress(Stage.FORMATTING, 0, plan.brokers))
    try:
        async with asyncio.TaskGroup() as group:
            for node in nodes:
                group.create_task(node.prepare(identity, plan.settings))
    except ExceptionGroup as group_error:
        raise group_error.exceptions[0] from group_error
    report(Progress(Stage.STARTING, 0, plan.brokers))
    try:
        for node in nodes:
            await node.launch()
        await wait_until_serving(nodes, timeout_s=plan.ready_timeout_s)
    except BaseException:
        await close(nodes, cleanly=False)
        raise
    servers = ", ".join(str(node.address.client_port) for node in nodes)
    report(Progress(Stage.READY, plan.brokers, plan.brokers, servers))


def _node(plan: Plan, folder: Path, address: NodeAddress) -> Node:
    listeners = () if plan.security is None else plan.security.listeners
    ports = choose_free(len(listeners), avoid=(address.client_port, address.controller_port))
    return Node(
        address,
        folder / f"node-{address.node_id}",
        plan.java,
        plan.jvm_options,
        remove_when_orphaned=folder if plan.is_temporary else None,
        security=plan.security,
        secured_ports={one.name: port for one, port in zip(listeners, ports, strict=True)},
    )


def _fixed_ports(plan: Plan) -> list[int]:
    return [] if plan.port is None else list(range(plan.port, plan.port + plan.brokers))


def _choose_addresses(plan: Plan, stored: ClusterIdentity | None) -> tuple[NodeAddress, ...]:
    fixed = _fixed_ports(plan)
    if stored is None:
        chosen = choose_free(2 * plan.brokers, avoid=fixed)
        client_ports = fixed or chosen[: plan.brokers]
        controller_ports = chosen[plan.brokers :]
    else:
        client_ports = fixed or [node.client_port for node in stored.nodes]
        controller_ports = [node.controller_port for node in stored.nodes]
    return tuple(
        NodeAddress(number, client_port, controller_port)
        for number, (client_port, controller_port) in enumerate(
            zip(client_ports, controller_ports, strict=True)
        )
    )
