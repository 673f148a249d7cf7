# SPDX-License-Identifier: MIT
"""The command line: each verb, its help, and what it says of bad input. LOCKSTEP is the program."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

LOCKSTEP = os.environ["LOCKSTEP"]
VERBS = ["run", "record", "info", "events", "scalars", "graphs", "retraces", "shot", "ops"]

TRAIN = """\
import sys
import tensorflow as tf
w = tf.Variable(2.0, name="w")

@tf.function
def loss_of(x):
    return (w * x - 1.0) ** 2

for step in range(3):
    with tf.GradientTape() as tape:
        loss = loss_of(tf.constant(3.0))
    w.assign_sub(0.01 * tape.gradient(loss, w))
    print("step", step, file=sys.stderr)
print("done", *sys.argv[1:])
sys.exit(len(sys.argv) - 1)
"""

REWRITTEN = """\
import tensorflow as tf

@tf.function
def f(x):
    return tf.transpose(tf.transpose(x)) * 1.0 + tf.constant(2.0) * tf.constant(3.0)

f(tf.ones([2, 3]))
f(tf.ones([3, 3]))
"""

LOOP = """\
import tensorflow as tf

@tf.function
def double(a):
    return a * 2.0 + 0.0

@tf.function
def f(x, n):
    i = tf.constant(0)
    while i < n:
        if x > 100.0:
            x = x / 2.0
        else:
            x = double(x) + 1.0
        i += 1
    return tf.identity(x * 1.0, name="result")

assert f(tf.constant(1.0), tf.constant(12)) == 130.0
"""

READ_BACK = """\
import sys
import tensorflow.compat.v1 as tf
from tensorflow.framework import message, message_text
made = message.message_class("GraphDef")()
message_text.parse(open(sys.argv[1]).read(), made)
with tf.Graph().as_default() as graph:
    tf.import_graph_def(made, name="")
    result = graph.get_operations()[-1].outputs[0]
    with tf.Session() as session:
        print(session.run(result, {"x:0": 1.0, "n:0": 12}))
"""

CONSTANTS = """\
import numpy as np
import tensorflow as tf
weights = tf.constant(np.arange(20, dtype=np.float32).reshape(4, 5) / 7)
mask = np.array([True, False] * 6)
big = np.array([2 ** 62 + 1] * 9 + [-3], np.int64)

@tf.function
def f_dense(x):
    return tf.nn.relu(tf.ones([2, 4]) * x @ weights + np.float32(0.1))

@tf.function
def f_masked(x):
    return tf.where(mask, np.linspace(0, 1, 12), tf.cast(x, tf.float64))

@tf.function
def f_integers(x):
    return tf.constant(big) + tf.cast(x, tf.int64)

@tf.function
def f_picked(x):
    return tf.gather(np.arange(30, dtype=np.float32) ** 0.5, [7, 3]) * x

@tf.function
def f_loop(x):
    def body(i, y):
        return i + 1, y + tf.constant(np.arange(9, dtype=np.float32)) * x
    return tf.while_loop(lambda i, y: i < 3, body, (0, tf.zeros([9])))[1]

@tf.function
def f_branch(x):
    return tf.reduce_sum(weights) if x > 1.0 else tf.reduce_max(weights) - x

@tf.function
def f_image(x):
    image = tf.reshape(tf.range(32.0), [1, 4, 4, 2]) * x
    return tf.nn.max_pool2d(tf.nn.conv2d(image, np.ones([2, 2, 2, 3], np.float32), 1, "SAME"), 2, 2, "VALID")

for f in (f_dense, f_masked, f_integers, f_picked, f_loop, f_branch, f_image):
    print(f.name, f(tf.constant(2.0)).numpy().tolist())
"""

CONSTANTS_BACK = """\
import sys
import tensorflow.compat.v1 as tf
from tensorflow.framework import message, message_text
for path in sys.argv[1:]:
    made = message.message_class("GraphDef")()
    message_text.parse(open(path).read(), made)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(made, name="")
        read = {t.name for op in graph.get_operations() for t in op.inputs}
        result = [t for op in graph.get_operations() for t in op.outputs if t.name not in read and op.type != "Placeholder"][-1]
        with tf.Session() as session:
            print(path.split(".")[0], session.run(result, {"x:0": 2.0}).tolist())
"""

ENDLESS = """\
import tensorflow as tf, time
try:
    while True:
        tf.add(1, 1)
        print("on", flush=True)
        time.sleep(0.01)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise SystemExit(5)
"""


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lockstep-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        # No display: only the window needs one.
        self.environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.environment["XDG_CACHE_HOME"] = str(self.folder / "cache")

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def run_it(self, *args, **options):
        return subprocess.run([LOCKSTEP, *map(str, args)], cwd=self.folder, env=self.environment, text=True, timeout=60,
                              **{"capture_output": True, **options})

    def good(self, *args, status=0, **options):
        result = self.run_it(*args, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout

    def fails(self, status, words, *args, **options):
        """One line, from the verb, with these words."""
        result = self.run_it(*args, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r"\Alockstep( [a-z]+)?: [^\n]+\n\Z")
        self.assertIn(words, result.stderr)
        self.assertNotIn("CRITICAL", result.stderr)

    def record(self, text=TRAIN, *args, status=0):
        self.write("train.py", text)
        return self.good("record", "--quiet", "train.py", *args, status=status)


class Help(Case):
    def test_all(self):
        text = self.good("--help")
        for verb in VERBS:
            self.assertRegex(text, rf"(?m)^  {verb} ")
        self.assertEqual(text, self.good("-h"))

    def test_each(self):
        for verb in VERBS:
            text = self.good(verb, "--help")
            self.assertTrue(text.startswith(f"Usage:\n  lockstep {verb} [OPTION…] "), text)
            self.assertIn("--help", text)

    def test_options(self):
        for verb, options in (("record", ["--output", "--tf1", "--quiet"]), ("events", ["--json", "--from", "--count"]),
                              ("shot", ["--panel", "--output", "--dark", "--size"])):
            text = self.good(verb, "--help")
            for option in options:
                self.assertIn(option, text)

    def test_version(self):
        self.assertRegex(self.good("--version"), r"\Alockstep \d+\.\d+\.\d+\n\Z")


class Misuse(Case):
    def test_misspelt(self):
        self.fails(2, "did you mean “lockstep record”?", "recrod", "x.py")
        self.fails(2, "did you mean “lockstep info”?", "inof")
        self.fails(2, "no file and no verb “elephant”: expected a program, a trace file, or run, record", "elephant")

    def test_window(self):
        self.fails(1, "none.py: there is no such file", "none.py")
        self.fails(1, "is a folder", ".")
        self.fails(1, "there is no display", self.write("one.py", ""))
        self.fails(2, "unknown option --tf3", "--tf3", "one.py")

    def test_missing(self):
        self.fails(2, "expected a program", "run")
        self.fails(2, "expected a program", "record")
        for verb in ("info", "events", "scalars", "graphs", "retraces"):
            self.fails(2, "expected a trace file", verb)
            self.fails(2, "“b” is one argument too many", verb, "a", "b")
        self.fails(2, "expected a trace file or a program", "shot", "--panel", "graph", "-o", "a.png")

    def test_options(self):
        for verb in VERBS:
            self.fails(2, "unknown option --no-such", verb, "--no-such")
        self.fails(2, "“x”", "events", "a", "--count", "x")
        self.fails(2, "--from -3: expected", "events", "a", "--from", "-3")
        self.fails(2, "issing argument for -o", "record", "-o")

    def test_files(self):
        self.write("text.lockstep", "no trace\n")
        self.write("empty.lockstep", "")
        for verb in ("info", "events", "scalars"):
            self.fails(1, "none.lockstep: No such file", verb, "none.lockstep")
            self.fails(1, "text.lockstep: is not a Lockstep trace", verb, "text.lockstep")
            self.fails(1, "empty.lockstep: is empty", verb, "empty.lockstep")
            self.fails(1, "is a folder", verb, ".")

    def test_programs(self):
        self.write("notes.txt", "not a program\n")
        for verb in ("run", "record"):
            self.fails(1, "none.py: there is no such file; expected a program", verb, "none.py")
            self.fails(1, "is a folder; expected a program", verb, ".")
            self.fails(1, "notes.txt: is no program: expected a Python file (.py), a C file (.c), or an executable", verb, "notes.txt")

    def test_c_error(self):
        self.write("broken.c", "int main (void) { return no_such_name; }\n")
        result = self.run_it("run", "broken.c")
        self.assertEqual(result.returncode, 1)
        self.assertIn("broken.c: is not compiled", result.stderr)
        self.assertIn("no_such_name", result.stderr)


class Run(Case):
    def test_status_and_streams(self):
        self.write("train.py", TRAIN)
        result = self.run_it("run", "train.py", "--one", "-o")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, "done --one -o\n")
        self.assertEqual(result.stderr, "step 0\nstep 1\nstep 2\n")

    def test_stdin(self):
        self.write("echo.py", "print (input ())\n")
        self.assertEqual(self.good("run", "echo.py", input="hello\n", capture_output=False, stdout=subprocess.PIPE), "hello\n")

    def test_tf1(self):
        self.write("session.py", "import tensorflow as tf\nwith tf.Session () as s: print (s.run (tf.constant (1) + 2))\n")
        self.assertEqual(self.good("run", "--tf1", "session.py"), "3\n")
        self.assertIn("Session", self.run_it("run", "session.py").stderr)

    def test_executable(self):
        program = self.folder / "script"
        program.write_text("#!/bin/sh\necho \"$@\"\nexit 4\n")
        program.chmod(0o755)
        self.assertEqual(self.good("run", "script", "a", "b", status=4), "a b\n")

    def test_signal(self):
        self.write("crash.py", "import os\nos.kill (os.getpid (), 11)\n")
        self.assertEqual(self.run_it("run", "crash.py").returncode, -signal.SIGSEGV)


class Record(Case):
    def test_passes_through(self):
        self.write("train.py", TRAIN)
        result = self.run_it("record", "train.py", "--one")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, "step 0\nstep 1\nstep 2\n")
        self.assertTrue(result.stdout.startswith("done --one\nrecorded     train.lockstep\nended        exit status 1\n"), result.stdout)
        for name, count in (("functions", "1"), ("traces", "2"), ("scalars", "3"), ("alerts", "0"), ("ops", r"[1-9]\d*")):
            self.assertRegex(result.stdout, rf"(?m)^{name} +{count}$")
        self.assertRegex(result.stdout, r"(?m)^time +\d")
        self.assertRegex(result.stdout, r"(?m)^overhead +\d")
        self.assertRegex(result.stdout, r"(?m)^values +\d+ kept, \d+ not$")

    def test_quiet_and_name(self):
        self.write("train.py", TRAIN)
        self.assertEqual(self.good("record", "-q", "-o", "other.name", "train.py"), "done\n")
        self.assertEqual(json.loads(self.good("info", "--json", "other.name"))["functions"], 1)
        self.assertFalse((self.folder / "train.lockstep").exists())

    def test_replaces_only_traces(self):
        self.record()
        self.record()
        self.write("precious.txt", "years of work\n")
        self.fails(1, "precious.txt: exists and is no trace", "record", "-o", "precious.txt", "train.py")
        self.assertEqual((self.folder / "precious.txt").read_text(), "years of work\n")
        self.fails(1, "train.py: exists and is no trace", "record", "-o", "train.py", "train.py")
        self.fails(1, "/dev/null: exists and is no trace", "record", "-o", "/dev/null", "train.py")

    def test_unwritable(self):
        self.write("train.py", TRAIN)
        self.fails(1, "there is no folder no/where", "record", "-o", "no/where/a.lockstep", "train.py")
        self.fails(1, "is a folder; expected the name of a trace file", "record", "-o", ".", "train.py")

    def test_full_disk(self):
        """The program is not disturbed, and what is missing is said."""
        self.write("train.py", TRAIN.replace("range(3)", "range(400)"))
        (self.folder / "small").mkdir()
        mounted = ["unshare", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs -o size=300k tmpfs small && exec "$@"', "sh"]
        if subprocess.run([*mounted, "true"], cwd=self.folder, capture_output=True).returncode != 0:
            self.skipTest("no small file system can be mounted here")
        result = subprocess.run([*mounted, LOCKSTEP, "record", "-q", "-o", "small/train.lockstep", "train.py"], cwd=self.folder,
                                env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "done\n")
        self.assertRegex(result.stderr, r"(?m)^lockstep record: the trace is not whole: small/train.lockstep: .*full")

    def interrupt(self, number):
        self.write("endless.py", ENDLESS)
        with subprocess.Popen([LOCKSTEP, "record", "endless.py"], cwd=self.folder, env=self.environment, text=True,
                              stdout=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.readline(), "on\n")
            process.send_signal(number)
            output, _ = process.communicate(timeout=20)
        return process.returncode, output

    def test_interrupt(self):
        status, output = self.interrupt(signal.SIGINT)
        self.assertEqual(status, 5)
        self.assertIn("interrupted\nrecorded     endless.lockstep\nended        exit status 5\n", output)
        self.assertTrue(json.loads(self.good("info", "--json", "endless.lockstep"))["complete"])

    def test_terminate(self):
        status, output = self.interrupt(signal.SIGTERM)
        self.assertEqual(status, 128 + signal.SIGTERM)
        self.assertIn("ended        killed by signal 15 (SIGTERM)\n", output)

    def test_crash(self):
        self.record("import os, tensorflow as tf\ntf.add(1, 1)\nos.kill(os.getpid(), 11)\n", status=139)
        self.assertEqual(json.loads(self.good("info", "--json", "train.lockstep"))["exit"],
                         {"kind": "signal", "status": 11, "message": "killed by signal 11 (SIGSEGV)"})

    def test_raise(self):
        self.record("import tensorflow as tf\ntf.constant([1., 2.]) + tf.constant([1., 2., 3.])\n", status=1)
        info = json.loads(self.good("info", "--json", "train.lockstep"))
        self.assertEqual(info["exit"]["kind"], "error")
        self.assertIn("InvalidArgumentError", info["exit"]["message"])
        self.assertEqual(info["alerts"], 1)


class Ops(Case):
    def test_ops(self):
        ops = [json.loads(line) for line in self.good("ops", "--json").splitlines()]
        by_name = {op["name"]: op for op in ops}
        self.assertEqual(len(by_name), len(ops))
        matmul = by_name["MatMul"]
        self.assertEqual([i["type"] for i in matmul["inputs"]], ["T", "T"])
        self.assertIn("float64[2,3]; float64[3,4] → float64[2,4]", matmul["examples"])
        self.assertTrue(matmul["gradient"])
        self.assertEqual([a["default"] for a in matmul["attributes"] if a["name"] == "transpose_a"], ["false"])
        for op in ops:
            self.assertTrue(op["formula"], op)
            if op.get("gradient") and any("float64[" in example for example in op["examples"]):
                self.assertGreater(op["gradients_checked"], 0, op["name"])
        table = self.good("ops").splitlines()
        self.assertEqual([line.split()[0] for line in table[1:-1]], [op["name"] for op in ops])
        self.assertIn(f"{len(ops)} ops, {sum('gradient' in op for op in ops)} with a gradient", table[-1])
        page = self.good("ops", "--html")
        self.assertEqual(re.findall(r'<h2 id="(\w+)">', page), [op["name"] for op in ops])
        self.assertIn("  y = op (a) · op (b), of matrices\n", self.good("ops", "MatMul"))
        self.fails(1, "there is no op “Matmul”", "ops", "Matmul")
        self.fails(2, "--json and --html: expected one of them", "ops", "--json", "--html")


class Read(Case):
    def setUp(self):
        super().setUp()
        self.record()

    def events(self, *args):
        return [json.loads(line) for line in self.good("events", "train.lockstep", "--json", *args).splitlines()]

    def test_info(self):
        info = json.loads(self.good("info", "train.lockstep", "--json"))
        self.assertTrue(info["complete"])
        self.assertEqual(info["program"], str((self.folder / "train.py").resolve()))
        self.assertEqual((info["functions"], info["traces"], info["scalars"], info["variables"]), (1, 2, 3, 1))
        self.assertEqual(info["series"], [{"tag": "loss", "kind": "loss", "points": 3}])
        self.assertEqual(info["bytes"], (self.folder / "train.lockstep").stat().st_size)
        text = self.good("info", "train.lockstep")
        self.assertIn("ended        exit status 0\n", text)
        self.assertRegex(text, r"(?m)^scalar +loss \(loss\): 3 points, the last ")

    def test_events(self):
        events = self.events()
        self.assertEqual([event["event"] for event in events], list(range(len(events))))
        self.assertEqual(len(events), json.loads(self.good("info", "train.lockstep", "--json"))["events"])
        ops = [event for event in events if event["kind"] == "op"]
        self.assertEqual(len(ops), json.loads(self.good("info", "train.lockstep", "--json"))["ops"])
        for event in events:
            self.assertTrue({"kind", "text", "depth", "time", "duration"} <= event.keys(), event)
        made = {output["id"] for event in events for output in event.get("outputs", [])}
        # Handles of variables are made by no op.
        unmade = {event["name"] for event in ops if not set(event["inputs"]) <= made}
        self.assertLessEqual(unmade, {"ReadVariableOp", "AssignSubVariableOp"})
        self.assertFalse([event["text"] for event in ops if event.get("failed")])
        squares = [event for event in ops if event["name"] == "Square" and not event.get("backward")]
        self.assertEqual(len(squares), 3)
        self.assertEqual(squares[0]["place"], {"file": str((self.folder / "train.py").resolve()), "line": 7, "function": "loss_of"})
        self.assertEqual(squares[0]["outputs"][0]["dtype"], "float32")
        self.assertEqual(squares[0]["outputs"][0]["shape"], [])
        self.assertEqual(squares[0]["outputs"][0]["health"]["maximum"], 25.0)
        self.assertTrue(any(event.get("backward") for event in ops))
        self.assertTrue(any(event["kind"] == "call" and event["call_kind"] == "trace" for event in events))
        self.assertEqual(events[-1]["kind"], "exit")
        self.assertEqual([event["printed"] for event in events if event["kind"] == "output" and event["stream"] == "stdout"],
                         ["done\n"])

    def test_range(self):
        self.assertEqual([event["event"] for event in self.events("--from", "5", "--count", "3")], [5, 6, 7])
        self.assertEqual(self.events("--from", "100000000"), [])
        self.assertEqual(self.events("--count", "0"), [])
        self.assertEqual(len(self.good("events", "train.lockstep", "--count", "4").splitlines()), 4)

    def test_text(self):
        lines = self.good("events", "train.lockstep").splitlines()
        self.assertFalse([line for line in lines if re.match(r" *\d+  (string|site|graph|return)", line)])
        self.assertTrue(any("→ float32 ()  (train.py:7)" in line for line in lines), lines)

    def test_fused_graphs(self):
        """What a fused node does is no graph of its own in a list, but can be asked for."""
        self.record("import tensorflow as tf\ntf.function(lambda x: tf.tanh(x * 2.0) + x)(tf.ones([100, 100]))\n")
        text = self.good("graphs", "train.lockstep")
        name = re.search(r"_FusedElementwise \(.*\bf=([^,}]+)", text)[1]
        self.assertNotIn(f"\n{name}, graph", "\n" + text)
        self.assertIn(f"{name}, graph", self.good("graphs", "train.lockstep", "--function", name))
        fused = [graph["function"] for graph in map(json.loads, self.good("graphs", "train.lockstep", "--json").splitlines())
                 if graph.get("fused")]
        self.assertEqual(fused, [name])
        self.assertNotIn(name, self.good("info", "train.lockstep"))

    def test_graphs(self):
        self.record(REWRITTEN)

        def ops(stage):
            lines = self.good("graphs", "train.lockstep", "--json", "--stage", stage).splitlines()
            return [[node["op"] for node in json.loads(line)["nodes"] if node["op"] not in ("Const", "Placeholder")]
                    for line in lines]
        self.assertEqual(ops("traced"), [["Transpose", "Transpose", "Mul", "Mul", "AddV2"]] * 2)
        self.assertEqual(ops("constants"), [["Transpose", "Transpose", "Mul", "AddV2"]] * 2)
        self.assertEqual(ops("final"), [["AddV2"]] * 2)
        graph = json.loads(self.good("graphs", "train.lockstep", "--json").splitlines()[0])
        self.assertIn("x · 1 → x", [rewrite["rule"] for rewrite in graph["rewrites"]])
        self.assertEqual([node["inputs"] for node in graph["nodes"] if node["op"] == "AddV2"][0][0], "x")
        self.assertIn(f"{len(graph['rewrites'])} rewrites", self.good("graphs", "train.lockstep"))
        self.assertIn('"x" -> "add";', self.good("graphs", "train.lockstep", "--format", "dot"))
        name = graph["function"]
        self.assertEqual(len(self.good("graphs", "train.lockstep", "--json", "--function", name).splitlines()), 1)
        self.fails(1, "no graph of a function 'g'", "graphs", "train.lockstep", "--function", "g")
        self.fails(2, "--stage fast: expected traced, final or the name of a pass", "graphs", "train.lockstep", "--stage", "fast")
        self.fails(2, "--format png: expected text, json, dot or pbtxt", "graphs", "train.lockstep", "--format", "png")

    def test_pbtxt(self):
        """TensorFlow's GraphDef: read back it gives what the program printed, at every stage, loop, branch and call included."""
        self.record(LOOP)
        self.write("read.py", READ_BACK)
        for stage in ("traced", "final"):
            self.write("f.pbtxt", self.good("graphs", "train.lockstep", "--format", "pbtxt", "--stage", stage, "--function", "f"))
            self.assertEqual(self.good("run", "read.py", "f.pbtxt"), "130.0\n")
        self.fails(2, "writes one graph: choose it with --function, one of __inference_f_", "graphs", "train.lockstep",
                   "--format", "pbtxt")

    def test_pbtxt_constants(self):
        """Long constants too: as they were when they ran, to the bit; those that never ran are said to be unknown."""
        self.record(CONSTANTS)
        self.write("read.py", CONSTANTS_BACK)
        printed = self.good("run", "train.py")
        names = [line.split()[0] for line in printed.splitlines()]
        for name in names:
            self.write(f"{name}.pbtxt", self.good("graphs", "train.lockstep", "--format", "pbtxt", "--function", name))
        self.assertEqual(self.good("run", "read.py", *(f"{name}.pbtxt" for name in names)), printed)
        traced = self.good("graphs", "train.lockstep", "--format", "pbtxt", "--function", "f_picked", "--stage", "traced")
        self.assertIn("\n  # The trace has not the elements of this constant.\n  attr { key", traced)

    def test_dot(self):
        """Graphviz reads it, where there is one; each node and edge is there."""
        self.record(REWRITTEN)
        dot = self.good("graphs", "train.lockstep", "--format", "dot", "--stage", "traced")
        graphs = [json.loads(line) for line in self.good("graphs", "train.lockstep", "--json", "--stage", "traced").splitlines()]
        self.assertEqual(dot.count("[label="), sum(len(graph["nodes"]) for graph in graphs))
        self.assertEqual(dot.count(" -> "), sum(len(node["inputs"]) for graph in graphs for node in graph["nodes"]))
        if shutil.which("dot"):
            drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True)
            self.assertEqual((drawn.returncode, drawn.stderr), (0, ""))

    def test_retraces(self):
        self.record(REWRITTEN)
        traces = [json.loads(line) for line in self.good("retraces", "train.lockstep", "--json").splitlines()]
        self.assertEqual([trace.get("again", False) for trace in traces], [False, True])
        self.assertEqual([trace["line"] for trace in traces], [7, 8])
        self.assertEqual(traces[0]["cause"], "first call")
        self.assertIn("argument 'x' changed shape (2, 3) → (3, 3)", traces[1]["cause"])
        self.assertRegex(traces[1]["cause"], "since trace 1$")
        self.assertRegex(traces[1]["remedy"], r"tf\.TensorSpec\(\(None, 3\), tf\.float32\)")
        self.assertEqual((traces[0]["trace"], traces[1]["trace"], "remedy" in traces[0]), (1, 2, False))
        self.assertGreater(traces[1]["duration"], 0)
        self.assertRegex(self.good("retraces", "train.lockstep"), r"(?m)^again  f: argument 'x' changed shape")

    def test_scalars(self):
        points = [json.loads(line) for line in self.good("scalars", "train.lockstep", "--json").splitlines()]
        self.assertEqual([(point["tag"], point["kind"], point["step"]) for point in points], [("loss", "loss", i) for i in range(3)])
        self.assertEqual(points[0]["value"], 25.0)
        self.assertGreater(points[0]["value"], points[2]["value"])
        lines = self.good("scalars", "train.lockstep").splitlines()
        self.assertEqual(lines[0], "tag\tstep\ttime\tvalue")
        self.assertRegex(lines[1], r"\Aloss\t0\t\d+\.\d{6}\t25\Z")

    def test_nonfinite(self):
        self.record("import tensorflow as tf\nprint(tf.math.log([0., 1.]).numpy())\n")
        outputs = [output for event in self.events() if event["kind"] == "op" and event.get("nonfinite") for output in event["outputs"]]
        self.assertEqual(outputs[0]["health"]["negative_infinity"], 1)

    def test_full_output(self):
        with open("/dev/full", "w") as full:
            result = self.run_it("events", "train.lockstep", "--json", capture_output=False, stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output cannot be written: No space left on device", result.stderr)

    def test_cut_short(self):
        """The recorder is killed: the trace says that its end is missing."""
        self.write("endless.py", ENDLESS)
        with subprocess.Popen([LOCKSTEP, "record", "endless.py"], cwd=self.folder, env=self.environment,
                              stdout=subprocess.DEVNULL) as process:
            time.sleep(1.5)
            process.kill()
        info = json.loads(self.good("info", "--json", "endless.lockstep"))
        self.assertFalse(info["complete"])
        self.assertIsNone(info["exit"])
        self.assertGreater(info["ops"], 0)
        self.assertIn("the trace was cut short", self.good("info", "endless.lockstep"))


class Shot(Case):
    def test_pictures(self):
        self.record()
        for panel, name, magic in (("chart", "a.png", b"\x89PNG"), ("graph", "b.svg", b"<?xml"), ("source", "c.pdf", b"%PDF"),
                                   ("tensor", "d.png", b"\x89PNG")):
            self.good("shot", "train.lockstep", "--panel", panel, "-o", name, "--dark", "--size", "400x300")
            self.assertEqual((self.folder / name).read_bytes()[:len(magic)], magic)
        header = (self.folder / "a.png").read_bytes()[16:24]
        self.assertEqual((int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")), (400, 300))

    def test_program(self):
        self.write("train.py", TRAIN)
        self.assertEqual(self.good("shot", "train.py", "--panel", "chart", "-o", "a.png"), "")
        self.assertTrue((self.folder / "a.png").exists())
        self.assertFalse((self.folder / "train.lockstep").exists())

    def test_stages(self):
        """A graph at a stage of its rewriting; what a pass changed is told apart from what was there before."""
        self.record(REWRITTEN)
        pictures = set()
        for stage in ("traced", "movement", "1", "final"):
            self.good("shot", "train.lockstep", "--panel", "graph", "--stage", stage, "-o", "graph.svg")
            pictures.add((self.folder / "graph.svg").read_text())
        self.assertEqual(len(pictures), 4)
        self.good("shot", "train.lockstep", "--panel", "graph", "--stage", "final", "--function", "f", "-o", "graph.svg")
        for arguments, words in ((["--stage", "fast"], "--stage fast: expected traced, final, the name of a pass that did something, or 1 to "),
                                 (["--stage", "final", "--function", "g"], "no graph of g was rewritten")):
            self.fails(1, words, "shot", "train.lockstep", "--panel", "graph", *arguments, "-o", "graph.svg")

    def test_misuse(self):
        self.record()
        self.fails(2, "--panel is missing: expected window, graph, traces, chart, tensor or source", "shot", "train.lockstep", "-o", "a.png")
        self.fails(2, "-o is missing", "shot", "train.lockstep", "--panel", "graph")
        for size in ("big", "0x10", "10x", "10x10x10"):
            self.fails(2, f"--size “{size}” is no size", "shot", "train.lockstep", "--panel", "graph", "-o", "a.png", "--size", size)
        self.fails(1, "“soup”", "shot", "train.lockstep", "--panel", "soup", "-o", "a.png")
        self.fails(1, "a.bmp", "shot", "train.lockstep", "--panel", "graph", "-o", "a.bmp")
        self.fails(1, "/no/where/a.png", "shot", "train.lockstep", "--panel", "graph", "-o", "/no/where/a.png")


if __name__ == "__main__":
    unittest.main()
