# SPDX-License-Identifier: MIT
"""tf.config: functions eagerly or not; devices, of which there is one."""
from __future__ import annotations

import collections

import _lockstep

from .eager.def_function import functions_run_eagerly, run_functions_eagerly  # noqa: F401

PhysicalDevice = collections.namedtuple("PhysicalDevice", ["name", "device_type"])
LogicalDevice = collections.namedtuple("LogicalDevice", ["name", "device_type"])
_CPU = "/physical_device:CPU:0"


def list_physical_devices(device_type=None) -> list:
    return [PhysicalDevice(_CPU, "CPU")] if device_type in (None, "CPU") else []


LogicalDeviceConfiguration = collections.namedtuple("LogicalDeviceConfiguration", ["memory_limit", "experimental_priority"],
                                                    defaults=[None, None])
_logical: list = [LogicalDeviceConfiguration()]


def list_logical_devices(device_type=None) -> list:
    return [LogicalDevice(f"/device:CPU:{i}", "CPU") for i in range(len(_logical))] if device_type in (None, "CPU") else []


def set_logical_device_configuration(device, logical_devices) -> None:
    """Names for this processor, for tf.distribute: what is placed on any of them runs on the same."""
    _logical[:] = list(logical_devices)


def get_logical_device_configuration(device) -> list:
    return list(_logical)


get_visible_devices = list_physical_devices


def set_visible_devices(devices, device_type=None) -> None:
    pass


def set_soft_device_placement(enabled) -> None:
    pass


def get_soft_device_placement() -> bool:
    return True


experimental_run_functions_eagerly, experimental_functions_run_eagerly = run_functions_eagerly, functions_run_eagerly


class experimental:  # noqa: N801
    """tf.config.experimental"""

    list_physical_devices = staticmethod(list_physical_devices)
    list_logical_devices = staticmethod(list_logical_devices)
    set_visible_devices = staticmethod(set_visible_devices)
    VirtualDeviceConfiguration = LogicalDeviceConfiguration
    set_virtual_device_configuration = staticmethod(set_logical_device_configuration)
    get_virtual_device_configuration = staticmethod(get_logical_device_configuration)
    get_visible_devices = staticmethod(list_physical_devices)

    @staticmethod
    def set_memory_growth(device, enable) -> None:
        pass

    @staticmethod
    def get_memory_info(device="CPU:0") -> dict:
        """Bytes of the tensors that this thread made: now, and at most since reset_memory_stats()."""
        return dict(zip(("current", "peak"), _lockstep.memory()))

    @staticmethod
    def reset_memory_stats(device="CPU:0") -> None:
        _lockstep.reset_memory()

    @staticmethod
    def get_memory_growth(device):
        """Memory is taken as it is needed."""
        return None

    @staticmethod
    def get_device_details(device) -> dict:
        return {}

    @staticmethod
    def get_synchronous_execution() -> bool:
        return True

    @staticmethod
    def set_synchronous_execution(enable) -> None:
        """Ops run one after another."""

    @staticmethod
    def tensor_float_32_execution_enabled() -> bool:
        """Products are of full precision."""
        return False

    @staticmethod
    def enable_tensor_float_32_execution(enabled) -> None:
        pass

    @staticmethod
    def enable_op_determinism() -> None:
        """It always is."""


class threading:  # noqa: N801
    """tf.config.threading"""

    _intra = 0

    @staticmethod
    def set_intra_op_parallelism_threads(num_threads) -> None:
        """As many for one op; 0 for as many as there are processors. Results do not depend on it."""
        _lockstep.set_threads(num_threads)
        threading._intra = num_threads

    @staticmethod
    def get_intra_op_parallelism_threads() -> int:
        return threading._intra

    @staticmethod
    def get_inter_op_parallelism_threads() -> int:
        return 0

    @staticmethod
    def set_inter_op_parallelism_threads(num_threads) -> None:
        """Ops run one after another."""


class optimizer:  # noqa: N801
    """tf.config.optimizer: switches of the optimiser's passes, by TensorFlow's names. They are for functions that have not run yet.

    Of the other options, disable_meta_optimizer and min_graph_nodes do what they say. What the rest is for is not here: devices, reduced
    precision, and graphs without their assertions or with nodes that nothing needs."""

    _PASSES = {
        "layout_optimizer": ("layout", "transposes"),
        "constant_folding": ("constants",),
        "shape_optimization": ("movement",),
        "remapping": ("fusion", "remapping"),
        "arithmetic_optimization": ("algebra", "strength", "common", "accumulation"),
        "dependency_optimization": ("identities",),
        "loop_optimization": ("branches", "invariants"),
        "function_optimization": ("inlining",),
        "common_subgraph_elimination": ("common",),
    }
    _options: dict = {}
    _jit = ""

    @staticmethod
    def set_jit(enabled) -> None:
        """Kept, but fused kernels need no compiler."""
        optimizer._jit = "autoclustering" if enabled in (True, "autoclustering") else ""

    @staticmethod
    def get_jit() -> str:
        return optimizer._jit

    @staticmethod
    def set_experimental_options(options) -> None:
        optimizer._options.update(options)
        given = optimizer._options
        everything = not given.get("disable_meta_optimizer", False)
        _lockstep.set_least_nodes(given.get("min_graph_nodes", 0))
        _lockstep.switch_pass("all", everything)
        for name, passes in optimizer._PASSES.items():
            if everything and not given.get(name, True):
                for each in passes:
                    _lockstep.switch_pass(each, False)

    @staticmethod
    def get_experimental_options() -> dict:
        """Those that were set, and the two that always are."""
        return {"disable_model_pruning": False, "disable_meta_optimizer": False, **optimizer._options}
