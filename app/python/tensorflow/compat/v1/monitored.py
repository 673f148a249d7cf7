# SPDX-License-Identifier: MIT
"""Monitored sessions: they begin where the last checkpoint ended, run hooks, and end when one of them asks for it."""
from __future__ import annotations

import inspect

from ...framework import ops
from ...framework.errors import AbortedError, OutOfRangeError, UnavailableError
from ...framework.ops import GraphKeys
from ...ops.control_flow_ops import group
from .coordinator import Coordinator
from .hooks import (CheckpointSaverHook, SessionRunArgs, SessionRunContext, SessionRunValues, StepCounterHook)
from .session import Session


class Scaffold:
    """The operations that a graph needs to be trained: to begin with, to be ready, to be saved."""

    def __init__(self, init_op=None, init_feed_dict=None, init_fn=None, ready_op=None, ready_for_local_init_op=None,
                 local_init_op=None, summary_op=None, saver=None, copy_from_scaffold=None, local_init_feed_dict=None):
        given = dict(init_op=init_op, init_feed_dict=init_feed_dict, init_fn=init_fn, ready_op=ready_op, local_init_op=local_init_op,
                     ready_for_local_init_op=ready_for_local_init_op, summary_op=summary_op, saver=saver,
                     local_init_feed_dict=local_init_feed_dict)
        for name, value in given.items():
            if value is None and copy_from_scaffold is not None:
                value = getattr(copy_from_scaffold, "_" + name)
            setattr(self, "_" + name, value)
        self._wraps_init_fn = self._init_fn

    init_op = property(lambda self: self._init_op)
    init_feed_dict = property(lambda self: self._init_feed_dict)
    ready_op = property(lambda self: self._ready_op)
    ready_for_local_init_op = property(lambda self: self._ready_for_local_init_op)
    local_init_op = property(lambda self: self._local_init_op)
    local_init_feed_dict = property(lambda self: self._local_init_feed_dict)
    summary_op = property(lambda self: self._summary_op)
    saver = property(lambda self: self._saver)

    @property
    def init_fn(self):
        function = self._wraps_init_fn
        return None if function is None else lambda session: function(self, session)

    def finalize(self) -> Scaffold:
        """Makes what is missing, and closes the graph."""
        from . import global_variables_initializer, local_variables_initializer, report_uninitialized_variables, tables_initializer
        from .train import Saver
        self._init_op = self._or_made(self._init_op, GraphKeys.INIT_OP, lambda: group(
            global_variables_initializer(), name="init"))
        self._ready_op = self._or_made(self._ready_op, GraphKeys.READY_OP, report_uninitialized_variables)
        self._local_init_op = self._or_made(self._local_init_op, GraphKeys.LOCAL_INIT_OP, lambda: group(
            local_variables_initializer(), tables_initializer(), name="local_init"))
        graph = ops.get_default_graph()
        if self._saver is None and graph.get_collection(GraphKeys.GLOBAL_VARIABLES):
            self._saver = self._or_made(None, GraphKeys.SAVERS, Saver)
        graph.finalize()
        return self

    @staticmethod
    def _or_made(given, key: str, make):
        if given is not None:
            return given
        graph = ops.get_default_graph()
        found = graph.get_collection(key)
        if len(found) > 1:
            raise RuntimeError(f"More than one item in the collection \"{key}\". Please indicate which one to use by passing it to "
                               "the tf.Scaffold constructor.")
        if found and found[0] is not None:
            return found[0]
        made = make()
        if made is not None:
            graph.add_to_collection(key, made)
        return made


class SessionCreator:
    """Makes a session that is ready to run."""

    def create_session(self):
        raise NotImplementedError("create_session is not implemented for {}.".format(self))


class ChiefSessionCreator(SessionCreator):
    """Restores the newest checkpoint, or initializes."""

    def __init__(self, scaffold=None, master="", config=None, checkpoint_dir=None, checkpoint_filename_with_path=None):
        self._scaffold, self._config = scaffold or Scaffold(), config
        self._folder, self._path = checkpoint_dir, checkpoint_filename_with_path

    def create_session(self) -> Session:
        from .train import latest_checkpoint
        scaffold = self._scaffold.finalize()
        session = Session(graph=ops.get_default_graph(), config=self._config)
        path = self._path or (latest_checkpoint(self._folder) if self._folder else None)
        if path is not None and scaffold.saver is not None:
            scaffold.saver.restore(session, path)
        else:
            session.run(scaffold.init_op, feed_dict=scaffold.init_feed_dict)
            if scaffold.init_fn is not None:
                scaffold.init_fn(session)
        if scaffold.local_init_op is not None:
            session.run(scaffold.local_init_op, feed_dict=scaffold.local_init_feed_dict)
        missing = [] if scaffold.ready_op is None else session.run(scaffold.ready_op)
        if len(missing) > 0:
            raise RuntimeError("Init operations did not make model ready.  Init op: %s, init fn: %s, local_init_op: %s, error: "
                               "Variables not initialized: %s" % (getattr(scaffold.init_op, "name", None), scaffold.init_fn, getattr(
                                   scaffold.local_init_op, "name", None), ", ".join(n.decode() for n in missing)))
        return session


WorkerSessionCreator = ChiefSessionCreator


class _Monitored:
    """Runs with hooks; what MonitoredSession and SingularMonitoredSession share."""

    def __init__(self, session_creator, hooks):
        self._hooks, self._coord, self._stop = list(hooks or []), Coordinator(), False
        for hook in self._hooks:
            hook.begin()
        self._creator = session_creator or ChiefSessionCreator()
        self._sess = None
        self._create()

    def _create(self) -> None:
        self._sess = self._creator.create_session()
        for hook in self._hooks:
            hook.after_create_session(self._sess, self._coord)

    graph = property(lambda self: None if self._sess is None else self._sess.graph)

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """The values of fetches, with what hooks fetch and feed beside."""
        if self._sess is None:
            raise RuntimeError("Session is already closed.")
        while True:
            try:
                return self._run(fetches, feed_dict, options, run_metadata)
            except (AbortedError, UnavailableError):
                if not self._recovers:
                    raise
                self._sess.close()
                self._create()

    def _run(self, fetches, feed_dict, options, run_metadata):
        if self._stop:
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._sess)
        wanted, fed = {"caller": fetches}, dict(feed_dict or {})
        for i, hook in enumerate(self._hooks):
            request = hook.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                wanted[i] = request.fetches
            _feed(fed, request.feed_dict)
        found = self._sess.run(wanted, feed_dict=fed)
        for i, hook in enumerate(self._hooks):
            hook.after_run(context, SessionRunValues(found.get(i), options, run_metadata))
        self._stop = self._stop or context.stop_requested
        return found["caller"]

    def run_step_fn(self, step_fn):
        """step_fn (step context), whose run_with_hooks() is run()."""
        monitored = self

        class StepContext:
            session = self._sess

            @staticmethod
            def run_with_hooks(*args, **kwargs):
                return monitored.run(*args, **kwargs)

            @staticmethod
            def request_stop():
                raise StopIteration("step_fn has requested the iterations to stop.")
        names = list(inspect.signature(step_fn).parameters)
        if names not in (["step_context"], ["self", "step_context"]):
            raise ValueError(f"`step_fn` may either have one `step_context` argument, or two, self and step_context. It has {names}")
        try:
            return step_fn(StepContext)
        except StopIteration:
            self._stop = True
            return None

    def should_stop(self) -> bool:
        return self._sess is None or self._stop or self._coord.should_stop()

    def close(self) -> None:
        self._close(None)

    def _close(self, error) -> None:
        if self._sess is None:
            return
        try:
            if error is None or issubclass(error, (OutOfRangeError, StopIteration)):
                for hook in self._hooks:
                    hook.end(self._sess)
        finally:
            self._coord.request_stop()
            self._sess.close()
            self._sess = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback) -> bool:
        self._close(kind)
        return kind is not None and issubclass(kind, (OutOfRangeError, StopIteration))


def _feed(fed: dict, more) -> None:
    for key, value in (more or {}).items():
        if any(key is known for known in fed):
            raise RuntimeError(f"Same tensor is fed by two hooks: {key}")
        fed[key] = value


class MonitoredSession(_Monitored):
    """Begins anew when a run is aborted."""

    _recovers = True

    def __init__(self, session_creator=None, hooks=None, stop_grace_period_secs=120):
        super().__init__(session_creator, hooks)


class SingularMonitoredSession(_Monitored):
    """Fails when a run does."""

    _recovers = False

    def __init__(self, hooks=None, scaffold=None, master="", config=None, checkpoint_dir=None, stop_grace_period_secs=120,
                 checkpoint_filename_with_path=None):
        super().__init__(ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path), hooks)

    def raw_session(self):
        return self._sess


_USE_DEFAULT = object()


def MonitoredTrainingSession(master="", is_chief=True, checkpoint_dir=None, scaffold=None, hooks=None,  # noqa: N802
                             chief_only_hooks=None, save_checkpoint_secs=_USE_DEFAULT, save_summaries_steps=_USE_DEFAULT,
                             save_summaries_secs=_USE_DEFAULT, config=None, stop_grace_period_secs=120, log_step_count_steps=100,
                             max_wait_secs=7200, save_checkpoint_steps=_USE_DEFAULT, summary_dir=None, save_graph_def=True):
    """A session that saves checkpoints into its folder, every ten minutes if nothing else is said."""
    if save_checkpoint_secs is _USE_DEFAULT and save_checkpoint_steps is _USE_DEFAULT:
        save_checkpoint_secs, save_checkpoint_steps = 600, None
    save_checkpoint_secs = None if save_checkpoint_secs is _USE_DEFAULT else save_checkpoint_secs
    save_checkpoint_steps = None if save_checkpoint_steps is _USE_DEFAULT else save_checkpoint_steps
    scaffold = scaffold or Scaffold()
    all_hooks = list(chief_only_hooks or [])
    if checkpoint_dir:
        if log_step_count_steps:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=summary_dir or checkpoint_dir))
        if (save_checkpoint_secs or 0) > 0 or (save_checkpoint_steps or 0) > 0:
            all_hooks.append(CheckpointSaverHook(checkpoint_dir, save_checkpoint_secs, save_checkpoint_steps, scaffold=scaffold))
    all_hooks += hooks or []
    return MonitoredSession(ChiefSessionCreator(scaffold, master, config, checkpoint_dir), all_hooks)
