"""``stream-service simulate-llm``: the simulated language model endpoint in the foreground."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from stream_service.commands.process.failures import CommandFailed
from stream_service.commands.process.running import run, stop_on_signals
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    Latency,
    LatencyShape,
    LlmSimulator,
    StructuredOutput,
    Traffic,
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """The command's flags as they were given."""

    seed: int
    latency_s: float
    latency_shape: str
    sigma: float
    tail: float
    faults: Sequence[str]
    """``NAME=SHARE`` each."""
    retry_after_s: float
    structured_output: str
    models: tuple[str, ...]
    api_key: str | None
    context_tokens: int | None
    most_in_flight: int | None

    def behaviour(self) -> Behaviour:
        """The behaviour that they describe; raises CommandFailed where they describe none."""
        faults = _shares(self.faults)
        try:
            latency = Latency(
                mean_s=self.latency_s,
                shape=LatencyShape(self.latency_shape),
                sigma=self.sigma,
                tail=self.tail,
            )
            return Behaviour(
                seed=self.seed,
                latency=latency,
                faults=faults,
                retry_after_s=self.retry_after_s,
                structured_output=StructuredOutput(self.structured_output),
                models=self.models,
                api_key=self.api_key,
                context_tokens=self.context_tokens,
                most_in_flight=self.most_in_flight,
            )
        except ValueError as error:
            raise CommandFailed(str(error)) from error


def list_faults() -> None:
    """Print every fault with what a client meets."""
    table = Table("fault", "what the client meets", box=None, pad_edge=False)
    for fault in Fault:
        table.add_row(fault.value, fault.description)
    Console().print(table)


def simulate_llm(options: Options, *, host: str, port: int) -> None:
    """Serve until a signal comes, then tell what was asked. Raises CommandFailed."""
    run(_serve(options.behaviour(), host, port))


async def _serve(behaviour: Behaviour, host: str, port: int) -> None:
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    async with stop_on_signals() as stop:
        try:
            async with LlmSimulator.start(behaviour, host=host, port=port) as simulator:
                Console(highlight=False, soft_wrap=True).print(simulator.base_url)
                notes.print("a simulator answers there, no model; Ctrl-C ends it")
                root = simulator.base_url.removesuffix("/v1")
                notes.print(f"see or change how it behaves: GET or PUT {root}/simulator/behaviour")
                await stop.wait()
        except OSError as error:
            raise CommandFailed(
                f"cannot serve at {host}:{port} ({error.strerror}); choose another --port"
            ) from error
        _tell(notes, simulator.requests)


def _tell(notes: Console, traffic: Traffic) -> None:
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in traffic.by_kind.most_common())
    notes.print(
        f"{traffic.total:,} requests{': ' + kinds if kinds else ''}; "
        f"{traffic.most_in_flight:,} at once at most"
    )


def _shares(given: Sequence[str]) -> dict[Fault, float]:
    shares: dict[Fault, float] = {}
    for word in given:
        name, _, share = word.partition("=")
        try:
            shares[Fault(name)] = float(share)
        except ValueError as error:
            raise CommandFailed(
                f"--fault {word} is not NAME=SHARE with a share from 0 to 1, as in "
                "--fault rate_limit=0.1; --list-faults tells the names"
            ) from error
    return shares
