# SPDX-License-Identifier: MIT
"""How sessions are configured: what there is to choose is which passes rewrite their graphs. The rest is accepted."""
from __future__ import annotations

from ...config import optimizer


class _Options:
    """Fields by name; those that have not been set are what their message says."""

    _fields: dict = {}

    def __init__(self, **kwargs):
        for name in kwargs:
            if name not in self._fields:
                raise ValueError(f'Protocol message {type(self).__name__} has no "{name}" field.')
        for name, default in self._fields.items():
            value = kwargs.get(name)
            made = default() if callable(default) else default
            object.__setattr__(self, name, made if value is None else
                               type(made)(**value) if isinstance(made, _Options) and isinstance(value, dict) else value)

    def __setattr__(self, name, value) -> None:
        if name not in self._fields:
            raise AttributeError(f'Protocol message {type(self).__name__} has no "{name}" field.')
        object.__setattr__(self, name, value)

    def HasField(self, name: str) -> bool:  # noqa: N802
        default = self._fields[name]
        return getattr(self, name) != (default() if callable(default) else default)

    def CopyFrom(self, other) -> None:  # noqa: N802
        for name in self._fields:
            object.__setattr__(self, name, getattr(other, name))

    def __eq__(self, other) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self) -> str:
        return "".join(f"{name}: {value}\n" for name, value in vars(self).items() if self.HasField(name))


class GPUOptions(_Options):
    _fields = {"allow_growth": False, "per_process_gpu_memory_fraction": 0.0, "visible_device_list": "", "allocator_type": "",
               "deferred_deletion_bytes": 0, "polling_active_delay_usecs": 0, "force_gpu_compatible": False, "experimental": None}


class OptimizerOptions(_Options):
    L0, L1 = -1, 0
    DEFAULT, OFF, ON_1, ON_2 = 0, -1, 1, 2
    _fields = {"do_common_subexpression_elimination": False, "do_constant_folding": False, "do_function_inlining": False,
               "opt_level": 0, "global_jit_level": 0, "cpu_global_jit": False, "max_folded_constant_in_bytes": 0}


class RewriterConfig(_Options):
    DEFAULT, ON, OFF, AGGRESSIVE = 0, 1, 2, 3
    NO_MEM_OPT, ONE, TWO = 1, 1, 2
    _fields = {name: 0 for name in ("layout_optimizer", "constant_folding", "shape_optimization", "remapping", "memory_optimization",
                                    "common_subgraph_elimination", "arithmetic_optimization", "dependency_optimization",
                                    "loop_optimization", "function_optimization", "debug_stripper", "pin_to_host_optimization",
                                    "auto_mixed_precision", "scoped_allocator_optimization", "implementation_selector",
                                    "meta_optimizer_iterations", "min_graph_nodes")}
    _fields |= {"disable_model_pruning": False, "disable_meta_optimizer": False, "optimizers": list}


class GraphOptions(_Options):
    _fields = {"optimizer_options": OptimizerOptions, "rewrite_options": RewriterConfig, "infer_shapes": False,
               "enable_recv_scheduling": False, "build_cost_model": 0, "build_cost_model_after": 0, "place_pruned_graph": False,
               "timeline_step": 0, "enable_bfloat16_sendrecv": False}


class ThreadPoolOptionProto(_Options):
    _fields = {"num_threads": 0, "global_name": ""}


class _Experimental(_Options):
    _fields = {"collective_group_leader": "", "executor_type": "", "share_session_state_in_clusterspec_propagation": False,
               "disable_output_partition_graphs": False, "optimize_for_static_graph": False, "client_handles_error_formatting": False}


class ConfigProto(_Options):
    _fields = {"device_count": dict, "intra_op_parallelism_threads": 0, "inter_op_parallelism_threads": 0,
               "use_per_session_threads": False, "session_inter_op_thread_pool": list, "placement_period": 0,
               "device_filters": list, "gpu_options": GPUOptions, "allow_soft_placement": False, "log_device_placement": False,
               "graph_options": GraphOptions, "operation_timeout_in_ms": 0, "rpc_options": None, "cluster_def": None,
               "isolate_session_state": False, "share_cluster_devices_in_session": False, "experimental": _Experimental}
    Experimental = _Experimental


class RunOptions(_Options):
    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = range(4)
    _fields = {"trace_level": 0, "timeout_in_ms": 0, "inter_op_thread_pool": 0, "output_partition_graphs": False,
               "report_tensor_allocations_upon_oom": False, "debug_options": None, "experimental": None}


class RunMetadata(_Options):
    """What a run would tell of itself; the debugger shows it."""

    _fields = {"step_stats": None, "cost_graph": None, "partition_graphs": list, "function_graphs": list}


def passes_off(config) -> list:
    """The passes that a session so configured does without."""
    graph = getattr(config, "graph_options", None) or GraphOptions()
    rewriting = graph.rewrite_options
    if graph.optimizer_options.opt_level == OptimizerOptions.L0 or rewriting.disable_meta_optimizer:
        return ["all"]
    return [each for name, passes in optimizer._PASSES.items()
            if getattr(rewriting, name, RewriterConfig.DEFAULT) == RewriterConfig.OFF for each in passes]
