# SPDX-License-Identifier: MIT
"""Hooks: what a monitored session does around each of its runs."""
from __future__ import annotations

import collections
import logging
import os
import time

import numpy as np

from ...framework import ops
from ...framework.ops import GraphKeys

_log = logging.getLogger("tensorflow")
SessionRunValues = collections.namedtuple("SessionRunValues", ["results", "options", "run_metadata"])


class SessionRunArgs(collections.namedtuple("SessionRunArgs", ["fetches", "feed_dict", "options"])):
    """What a hook adds to a run."""

    def __new__(cls, fetches, feed_dict=None, options=None):
        return super().__new__(cls, fetches, feed_dict, options)


class SessionRunContext:
    """The run that is about to be."""

    def __init__(self, original_args, session):
        self._original_args, self._session, self._stop = original_args, session, False

    original_args = property(lambda self: self._original_args)
    session = property(lambda self: self._session)
    stop_requested = property(lambda self: self._stop)

    def request_stop(self) -> None:
        self._stop = True


class SessionRunHook:
    """Called before and after each run, and as the session begins and ends."""

    def begin(self) -> None:
        pass

    def after_create_session(self, session, coord) -> None:
        pass

    def before_run(self, run_context):
        return None

    def after_run(self, run_context, run_values) -> None:
        pass

    def end(self, session) -> None:
        pass


class NanLossDuringTrainingError(RuntimeError):
    def __str__(self) -> str:
        return "NaN loss during training."


class SecondOrStepTimer:
    """Triggers every so many steps, or seconds."""

    def __init__(self, every_secs=None, every_steps=None):
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._secs, self._steps = every_secs, every_steps
        self.reset()

    def reset(self) -> None:
        self._step = self._time = None

    def should_trigger_for_step(self, step) -> bool:
        if self._step is None:
            return True
        if self._step == step:
            return False
        return time.time() >= self._time + self._secs if self._secs is not None else step >= self._step + self._steps

    def update_last_triggered_step(self, step) -> tuple:
        now = time.time()
        since = (None, None) if self._step is None else (now - self._time, step - self._step)
        self._step, self._time = step, now
        return since

    def last_triggered_step(self):
        return self._step


def _step_tensor():
    from .train import get_global_step
    found = get_global_step()
    if found is None:
        raise RuntimeError("Global step should be created.")
    return found


def _named(tensors) -> dict:
    if isinstance(tensors, dict):
        return dict(tensors)
    return {t if isinstance(t, str) else t.name: t for t in tensors}


class LoggingTensorHook(SessionRunHook):
    """Logs tensors every so many runs or seconds, or at the end."""

    def __init__(self, tensors, every_n_iter=None, every_n_secs=None, at_end=False, formatter=None):
        if not at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError("either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        self._given, self._order = _named(tensors), list(_named(tensors))
        self._formatter, self._at_end = formatter, at_end
        self._timer = SecondOrStepTimer(every_n_secs, every_n_iter) if every_n_iter or every_n_secs else None

    def begin(self) -> None:
        if self._timer is not None:
            self._timer.reset()
        self._runs = 0
        graph = ops.get_default_graph()
        self._tensors = {tag: graph.as_graph_element(t) for tag, t in self._given.items()}

    def before_run(self, run_context):
        self._due = self._timer is not None and self._timer.should_trigger_for_step(self._runs)
        return SessionRunArgs(self._tensors) if self._due else None

    def after_run(self, run_context, run_values) -> None:
        if self._due:
            self._tell(run_values.results)
        self._runs += 1

    def end(self, session) -> None:
        if self._at_end:
            self._tell(session.run(self._tensors))

    def _tell(self, values: dict) -> None:
        seconds = self._timer.update_last_triggered_step(self._runs)[0] if self._timer is not None else None
        if self._formatter is not None:
            _log.info(self._formatter(values))
            return
        told = ", ".join(f"{tag} = {values[tag]}" for tag in self._order)
        _log.info("%s (%.3f sec)" % (told, seconds) if seconds is not None else told)


class StopAtStepHook(SessionRunHook):
    """Asks for the end after so many steps, or at one."""

    def __init__(self, num_steps=None, last_step=None):
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def begin(self) -> None:
        self._step = _step_tensor()

    def after_create_session(self, session, coord) -> None:
        if self._last_step is None:
            self._last_step = int(session.run(self._step)) + self._num_steps

    def before_run(self, run_context):
        return SessionRunArgs(self._step)

    def after_run(self, run_context, run_values) -> None:
        # What was fetched beside the step may be from before it was counted.
        if run_values.results + 1 >= self._last_step and int(run_context.session.run(self._step)) >= self._last_step:
            run_context.request_stop()


class CheckpointSaverListener:
    """Told of each checkpoint."""

    def begin(self) -> None:
        pass

    def before_save(self, session, global_step_value) -> None:
        pass

    def after_save(self, session, global_step_value):
        pass

    def end(self, session, global_step_value) -> None:
        pass


class CheckpointSaverHook(SessionRunHook):
    """Saves a checkpoint every so many steps or seconds, at the beginning and at the end."""

    def __init__(self, checkpoint_dir, save_secs=None, save_steps=None, saver=None, checkpoint_basename="model.ckpt",
                 scaffold=None, listeners=None, save_graph_def=True):
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._folder, self._path = checkpoint_dir, os.path.join(checkpoint_dir, checkpoint_basename)
        self._saver, self._scaffold, self._listeners = saver, scaffold, listeners or []
        self._timer = SecondOrStepTimer(save_secs, save_steps)

    def begin(self) -> None:
        self._step = _step_tensor()
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session, coord) -> None:
        step = int(session.run(self._step))
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context):
        return SessionRunArgs(self._step)

    def after_run(self, run_context, run_values) -> None:
        if self._timer.should_trigger_for_step(run_values.results + 1):
            step = int(run_context.session.run(self._step))
            if self._timer.should_trigger_for_step(step):
                self._timer.update_last_triggered_step(step)
                if self._save(run_context.session, step):
                    run_context.request_stop()

    def end(self, session) -> None:
        step = int(session.run(self._step))
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session, step: int) -> bool:
        """Whether a listener asks for the end."""
        _log.info("Saving checkpoints for %d into %s.", step, self._path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._get_saver().save(session, self._path, global_step=step)
        return any([listener.after_save(session, step) for listener in self._listeners])

    def _get_saver(self):
        if self._saver is None and self._scaffold is not None:
            return self._scaffold.saver
        if self._saver is None:
            found = ops.get_default_graph().get_collection(GraphKeys.SAVERS)
            if not found:
                raise RuntimeError("No items in collection SAVERS. Please add a saver to the collection or provide a saver or scaffold.")
            self._saver = found[0]
        return self._saver


class StepCounterHook(SessionRunHook):
    """Logs steps a second."""

    def __init__(self, every_n_steps=100, every_n_secs=None, output_dir=None, summary_writer=None):
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_n_secs, every_n_steps)
        self._folder, self._writer = output_dir, summary_writer

    def begin(self) -> None:
        self._step = _step_tensor()
        if self._writer is None and self._folder:
            from ...summary import create_file_writer
            self._writer = create_file_writer(self._folder)

    def before_run(self, run_context):
        return SessionRunArgs(self._step)

    def after_run(self, run_context, run_values) -> None:
        step = int(run_values.results)
        if not self._timer.should_trigger_for_step(step + 1):
            return
        seconds, steps = self._timer.update_last_triggered_step(step + 1)
        if seconds:
            self._log_and_record(steps, seconds, step + 1)

    def _log_and_record(self, elapsed_steps, elapsed_time, global_step) -> None:
        rate = elapsed_steps / elapsed_time
        _log.info("%s: %g", "global_step/sec", rate)
        writer = getattr(self._writer, "_writer", None)
        if hasattr(writer, "scalar"):
            writer.scalar("global_step/sec", global_step, rate)


class NanTensorHook(SessionRunHook):
    """Stops, or fails, when a loss is no number."""

    def __init__(self, loss_tensor, fail_on_nan_loss=True):
        self._loss, self._fails = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context):
        return SessionRunArgs(self._loss)

    def after_run(self, run_context, run_values) -> None:
        if not np.isnan(run_values.results).any():
            return
        if self._fails:
            _log.error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        _log.warning("Model diverged with loss = NaN.")
        run_context.request_stop()


class FinalOpsHook(SessionRunHook):
    """Runs tensors at the end, and keeps their values."""

    def __init__(self, final_ops, final_ops_feed_dict=None):
        self._ops, self._feeds, self._values = final_ops, final_ops_feed_dict, None

    final_ops_values = property(lambda self: self._values)

    def end(self, session) -> None:
        if self._ops is not None:
            self._values = session.run(self._ops, feed_dict=self._feeds)


class FeedFnHook(SessionRunHook):
    """Feeds each run what a function gives."""

    def __init__(self, feed_fn):
        self.feed_fn = feed_fn

    def before_run(self, run_context):
        return SessionRunArgs(None, self.feed_fn())


class GlobalStepWaiterHook(SessionRunHook):
    """Waits with the first run until the global step is so far."""

    def __init__(self, wait_until_step):
        self._wait = wait_until_step

    def begin(self) -> None:
        self._done, self._step = False, _step_tensor()

    def before_run(self, run_context) -> None:
        while not self._done and self._wait > 0 and int(run_context.session.run(self._step)) < self._wait:
            time.sleep(0.5)
        self._done = True
