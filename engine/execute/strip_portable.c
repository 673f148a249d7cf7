/* SPDX-License-Identifier: MIT */
#include "engine/execute/strip.h"

#define WIDE 16
#define TABLE lk_strip_portable
#include "engine/execute/strip_loops.h"
