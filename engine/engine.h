/* SPDX-License-Identifier: MIT */
/* The engine's public face. Programs, the debugger and the Python binding include this and nothing else of it.
   A program in C: #include <engine/engine.h>, and
     cc -g -O1 -std=gnu11 -o PROGRAM /path/of/FILE.c $(pkg-config --cflags --libs lockstep) -lm
   with PKG_CONFIG_PATH=BUILD/engine/library where Lockstep is built but not installed. */
#pragma once
#include "engine/core/buffer.h"
#include "engine/core/dtype.h"
#include "engine/core/narrow.h"
#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/core/shape.h"
#include "engine/core/tensor.h"
#include "engine/eager/context.h"
#include "engine/eager/forward.h"
#include "engine/eager/tape.h"
#include "engine/eager/variable.h"
#include "engine/events/channel.h"
#include "engine/events/event.h"
#include "engine/events/stream.h"
#include "engine/formats/example.h"
#include "engine/formats/summary.h"
#include "engine/formats/tfrecord.h"
#include "engine/graph/control_flow.h"
#include "engine/graph/function.h"
#include "engine/graph/graph.h"
#include "engine/ops/closure.h"
#include "engine/ops/callback.h"
#include "engine/ops/describe.h"
#include "engine/ops/op.h"
#include "engine/ops/ops.h"
#include "engine/rewrite/pass.h"
#include "engine/train/optimizer.h"
#include "engine/eager/here.h"
