/* SPDX-License-Identifier: MIT */
/* What a session runs of a graph: the nodes that what it fetches has need of, with values fed in place of tensors, rewritten like a
   function's graph. Private to the engine. */
#pragma once
#include "engine/execute/plan.h"

typedef struct
{
  LkGraph *graph;
  LkTensor *const *fed, *const *fetches;
  guint n_fed, n_fetches;
  LkNode *const *targets; /* that run, whatever they give */
  guint n_targets;
  gboolean surprising;    /* what is fed may differ from what the graph knows of it: its shapes are asked for anew */
  guint off;              /* bit by pass: those that the session does not want */
} LkSelection;

/* The graph that runs, and its plan, whose results are what is fetched; NULL when there is nothing to rewrite: then the graph's
   own nodes run. (transfer full) both */
LkGraph *lk_selection_rewrite (LkContext *ctx, const LkSelection *selection, LkPlan **plan);
