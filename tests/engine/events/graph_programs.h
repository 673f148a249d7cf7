/* SPDX-License-Identifier: MIT */
/* Functions whose graphs are rewritten, each with its nodes on lines of a file, to be run by a child that is watched. */
#pragma once
#include "engine/engine.h"
#include "program.h"

#define GRAPH_FILE "/graphs.py"

/* Runs the program of that name so many times, rewritten or as it was traced. It is traced before anybody watches: all that
   there is to see are its runs. */
Program *graph_program_start (const char *name, guint times, gboolean passes, gboolean stops);
