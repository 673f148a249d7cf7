/* SPDX-License-Identifier: MIT */
/* Fused nodes, which the optimiser makes: see execute/program.h. Gradients are taken of graphs before they are rewritten, so these
   need none. */
#include "engine/execute/program.h"
#include "engine/ops/block.h"

LK_BLOCK (fused_elementwise, .infer = lk_program_infer, .kernel = lk_program_run,
          .shape = "All outputs have the shape that the nodes in f have.");
LK_BLOCK (fused_mat_mul, .infer = lk_program_infer, .kernel = lk_program_run,
          .shape = "All outputs have the shape of the product.");
LK_BLOCK (fused_conv2d, .infer = lk_program_infer, .kernel = lk_program_run,
          .shape = "All outputs have the shape of the convolution.");
