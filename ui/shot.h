/* SPDX-License-Identifier: MIT */
/* Pictures of a session without a person: one panel or the whole window, of a trace file or of a program,
   which is then run to its end first. */
#pragma once
#include "debugger/session.h"

typedef struct
{
  const char *panel;            /* "window", "graph", "traces", "chart", "tensor" or "source" */
  const char *out;              /* its ending says the format: .png, .svg or .pdf */
  gboolean dark;
  int width, height;            /* 0: what suits the panel */
  guint64 at;                   /* the event that is next; G_MAXUINT64: the last op */
  const char *stage, *function; /* (nullable) of a graph: see ui_draw_stage() */
  gboolean tf1;
  const char *const *args;      /* (nullable) the program's, NULL-terminated */
} UiShot;

/* "window, graph, traces, chart, tensor or source", for help and errors. */
extern const char ui_shot_panels[];
gboolean ui_shot (const char *path, const UiShot *shot, GError **error);
