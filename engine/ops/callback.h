/* SPDX-License-Identifier: MIT */
/* Ops whose kernel is a function of the program: the host language runs it. */
#pragma once
#include "engine/core/tensor.h"
#include "engine/eager/context.h"

/* Runs the function that token names; outputs (transfer full) are for it to fill. FALSE with error. Called on the thread
   that runs the op, while no op of its context runs. */
typedef gboolean (*LkCallback) (LkContext *ctx, const char *token, LkTensor *const *inputs, guint n_inputs,
                                LkTensor **outputs, guint n_outputs, GError **error);
/* For the process, by its one host language. */
void lk_callback_set (LkCallback callback);
