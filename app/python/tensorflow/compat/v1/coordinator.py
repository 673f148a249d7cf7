# SPDX-License-Identifier: MIT
"""Threads that stop together."""
from __future__ import annotations

import contextlib
import sys
import threading
import time

from ...framework.errors import OutOfRangeError


class Coordinator:
    """Whether to stop, and why: the first error that a thread reports is raised where all are joined."""

    def __init__(self, clean_stop_exception_types=None):
        self._clean = tuple(clean_stop_exception_types or (OutOfRangeError,))
        self._lock, self._event = threading.Lock(), threading.Event()
        self._error, self._joined, self._threads = None, False, set()

    joined = property(lambda self: self._joined)

    def _own(self, ex):
        """The exception of what was reported: one, or the triple of sys.exc_info()."""
        return ex[1] if isinstance(ex, tuple) else ex

    def request_stop(self, ex=None) -> None:
        with self._lock:
            error = self._own(ex)
            if self._joined:
                if error is not None and not isinstance(error, self._clean):
                    raise error
                return
            if not self._event.is_set():
                if error is not None and not isinstance(error, self._clean):
                    self._error = error
                self._event.set()

    def clear_stop(self) -> None:
        with self._lock:
            self._joined, self._error = False, None
            self._event.clear()

    def should_stop(self) -> bool:
        return self._event.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self):
        """An error inside stops all."""
        try:
            yield
        except Exception:
            self.request_stop(sys.exc_info())

    def wait_for_stop(self, timeout=None) -> bool:
        return self._event.wait(timeout)

    def register_thread(self, thread) -> None:
        self._threads.add(thread)

    def join(self, threads=None, stop_grace_period_secs=120, ignore_live_threads=False) -> None:
        """Waits for the threads; raises what was reported."""
        waiting = list(self._threads.union(threads or ()))
        while any(t.is_alive() for t in waiting) and not self.wait_for_stop(1.0):
            pass
        until = time.time() + stop_grace_period_secs
        while any(t.is_alive() for t in waiting) and time.time() < until:
            for thread in waiting:
                thread.join(0.05)
        alive = [t.name for t in waiting if t.is_alive()]
        with self._lock:
            self._joined, error = True, self._error
            self._threads = set()
        if error is not None:
            raise error
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(alive)}")

    def raise_requested_exception(self) -> None:
        with self._lock:
            if self._error is not None:
                raise self._error


class LooperThread(threading.Thread):
    """Calls a function again and again until its coordinator stops."""

    def __init__(self, coord, timer_interval_secs, target=None, args=None, kwargs=None):
        super().__init__(daemon=True)
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        self._coord, self._interval, self._call = coord, timer_interval_secs, (target, args or (), kwargs or {})
        coord.register_thread(self)

    @staticmethod
    def loop(coord, timer_interval_secs, target, args=None, kwargs=None) -> LooperThread:
        made = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        made.start()
        return made

    def run(self) -> None:
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._interval is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                due = time.time()
                while not self._coord.wait_for_stop(max(0.0, due - time.time())):
                    due += self._interval
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        pass

    def stop_loop(self) -> None:
        pass

    def run_loop(self) -> None:
        target, args, kwargs = self._call
        if target is not None:
            target(*args, **kwargs)
