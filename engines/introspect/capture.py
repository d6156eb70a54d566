"""Look at, or change, what passes through a network's modules: for one thread, while a block runs, leaving no trace."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

Edit = Callable[[Tensor], Tensor]


@contextmanager
def record(net: nn.Module, names: Iterable[str]) -> Iterator[dict[str, list[Tensor]]]:
    """Collect the outputs of the modules `names`: one tensor per call and name, in the order of the calls.

    Outputs are as they come, with their gradients' history; detach what is kept. Only calls from this thread are heard.
    Raises LookupError for a name that `net` does not have.
    """
    heard: dict[str, list[Tensor]] = {name: [] for name in names}

    def listener(name: str) -> Callable[..., None]:
        return lambda module, args, output: heard[name].append(output)

    with _hooked(net, {name: listener(name) for name in heard}):
        yield heard


@contextmanager
def record_inputs(net: nn.Module, names: Iterable[str]) -> Iterator[dict[str, list[Tensor]]]:
    """Collect the first inputs of the modules `names`, as `record` does their outputs."""
    heard: dict[str, list[Tensor]] = {name: [] for name in names}

    def listener(name: str) -> Callable[..., None]:
        return lambda module, args: heard[name].append(args[0])

    with _hooked(net, {name: listener(name) for name in heard}, before=True):
        yield heard


@contextmanager
def edit(net: nn.Module, edits: Mapping[str, Edit]) -> Iterator[None]:
    """Replace the output of each named module by what its function makes of it, in this thread only."""
    with _hooked(net, {name: _output_through(change) for name, change in edits.items()}):
        yield


@contextmanager
def edit_inputs(net: nn.Module, edits: Mapping[str, Edit]) -> Iterator[None]:
    """Replace the first input of each named module by what its function makes of it, in this thread only."""
    with _hooked(net, {name: _input_through(change) for name, change in edits.items()}, before=True):
        yield


def _output_through(change: Edit) -> Callable[..., Tensor]:
    return lambda module, args, output: change(output)


def _input_through(change: Edit) -> Callable[..., tuple[Any, ...]]:
    return lambda module, args: (change(args[0]), *args[1:])


@contextmanager
def _hooked(net: nn.Module, hooks: Mapping[str, Callable[..., Any]], before: bool = False) -> Iterator[None]:
    """Hold `hooks` on the named modules; the model is shared, so a call from another thread passes by unheard."""
    owner = threading.get_ident()
    modules = dict(net.named_modules())
    unknown = [name for name in hooks if name not in modules]
    if unknown:
        raise LookupError(f"The network has no module {unknown[0]!r}; it has: {', '.join(filter(None, modules))}.")

    def own(hook: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *call: hook(*call) if threading.get_ident() == owner else None

    with ExitStack() as stack:
        for name, hook in hooks.items():
            module = modules[name]
            register = module.register_forward_pre_hook if before else module.register_forward_hook
            stack.callback(register(own(hook)).remove)
        yield
