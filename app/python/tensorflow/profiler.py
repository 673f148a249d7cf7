# SPDX-License-Identifier: MIT
"""tf.profiler.experimental: the spans that a program names by Trace, as a file of trace events, which TensorBoard's profile
page and every trace viewer read. What each op takes is to be seen in the debugger, not here."""
from __future__ import annotations

import collections
import gzip
import json
import os
import socket
import threading
import time

from .framework.errors import AlreadyExistsError, UnavailableError


class _Recording:
    def __init__(self, logdir):
        self.logdir, self.began, self.spans = os.fspath(logdir), time.perf_counter_ns(), []

    def write(self) -> None:
        folder = os.path.join(self.logdir, "plugins", "profile", time.strftime("%Y_%m_%d_%H_%M_%S"))
        os.makedirs(folder, exist_ok=True)
        process = {"ph": "M", "pid": os.getpid(), "name": "process_name", "args": {"name": "python"}}
        text = json.dumps({"displayTimeUnit": "ns", "traceEvents": [process, *self.spans]})
        with gzip.open(os.path.join(folder, socket.gethostname() + ".trace.json.gz"), "wt", encoding="utf-8") as file:
            file.write(text)


_recording: _Recording | None = None
_lock = threading.Lock()


class Trace:
    """A span with a name and whatever else is to be noted, from entering to leaving."""

    def __init__(self, name: str, **kwargs):
        self._name, self._notes = name, kwargs

    def set_metadata(self, **kwargs) -> None:
        self._notes.update(kwargs)

    def __enter__(self):
        self._began = time.perf_counter_ns()
        return self

    def __exit__(self, *error):
        recording = _recording
        if recording is not None and self._began >= recording.began:
            recording.spans.append({
                "ph": "X", "pid": os.getpid(), "tid": threading.get_native_id(), "name": self._name,
                "ts": (self._began - recording.began) / 1000, "dur": (time.perf_counter_ns() - self._began) / 1000,
                "args": {key: str(value) for key, value in self._notes.items()}})


class experimental:  # noqa: N801
    """tf.profiler.experimental"""

    Trace = Trace

    class ProfilerOptions(collections.namedtuple("ProfilerOptions", ["host_tracer_level", "python_tracer_level",
                                                                     "device_tracer_level", "delay_ms"])):
        def __new__(cls, host_tracer_level=2, python_tracer_level=0, device_tracer_level=1, delay_ms=None):
            return super().__new__(cls, host_tracer_level, python_tracer_level, device_tracer_level, delay_ms)

    @staticmethod
    def start(logdir, options=None) -> None:
        global _recording
        with _lock:
            if _recording is not None:
                raise AlreadyExistsError(None, None, "Another profiler is running.")
            _recording = _Recording(logdir)

    @staticmethod
    def stop(save=True) -> None:
        global _recording
        with _lock:
            if _recording is None:
                raise UnavailableError(None, None, "Cannot export profiling results. No profiler is running.")
            ended, _recording = _recording, None
        if save:
            ended.write()

    class Profile:
        """Records what is inside of it."""

        def __init__(self, logdir, options=None):
            self._logdir, self._options = logdir, options

        def __enter__(self):
            experimental.start(self._logdir, self._options)

        def __exit__(self, *error):
            experimental.stop()
