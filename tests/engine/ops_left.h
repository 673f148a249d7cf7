/* SPDX-License-Identifier: MIT */
#pragma once
#include "engine/engine.h"

/* The ops of a graph, constants and inputs apart, as text. (transfer full) */
char *ops_left (const LkGraph *graph);
